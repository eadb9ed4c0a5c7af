"""The lifecycle of an adaptor as an explicit state machine: states, table, guard, history, and drawings.

Pure: no input or output, no hooks, no processes. Names are loaded on first use.
"""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._errors import AdaptorRuntimeError
    from ._graph import draw
    from ._history import Record, path
    from ._illegal_call import IllegalCallError
    from ._in_flight import InFlight
    from ._lifecycle import Facts, Lifecycle
    from ._states import TRANSITIONS, AdaptorState, Moves, Transition, Trigger

__all__ = [
    "TRANSITIONS",
    "AdaptorRuntimeError",
    "AdaptorState",
    "Facts",
    "IllegalCallError",
    "InFlight",
    "Lifecycle",
    "Moves",
    "Record",
    "Transition",
    "Trigger",
    "draw",
    "path",
]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "TRANSITIONS": "._states",
        "AdaptorRuntimeError": "._errors",
        "AdaptorState": "._states",
        "Facts": "._lifecycle",
        "IllegalCallError": "._illegal_call",
        "InFlight": "._in_flight",
        "Lifecycle": "._lifecycle",
        "Moves": "._states",
        "Record": "._history",
        "Transition": "._states",
        "Trigger": "._states",
        "draw": "._graph",
        "path": "._history",
    },
)
