"""The lifecycle of an adaptor, and the life of its application, as explicit state machines.

Each is a table of transitions. Guard, history, and drawings take the table as a parameter.

Pure: no input or output, no hooks, no processes. Names are loaded on first use.
"""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._application_life import ApplicationLife
    from ._application_states import (
        APPLICATION_TRANSITIONS,
        ApplicationState,
        ApplicationTransition,
        ApplicationTrigger,
    )
    from ._errors import AdaptorRuntimeError
    from ._graph import draw
    from ._history import Record, path
    from ._illegal_call import IllegalCallError
    from ._in_flight import InFlight
    from ._lifecycle import Facts, Lifecycle
    from ._states import TRANSITIONS, AdaptorState, Moves, Transition, Trigger

__all__ = [
    "APPLICATION_TRANSITIONS",
    "TRANSITIONS",
    "AdaptorRuntimeError",
    "AdaptorState",
    "ApplicationLife",
    "ApplicationState",
    "ApplicationTransition",
    "ApplicationTrigger",
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
        "APPLICATION_TRANSITIONS": "._application_states",
        "TRANSITIONS": "._states",
        "AdaptorRuntimeError": "._errors",
        "AdaptorState": "._states",
        "ApplicationLife": "._application_life",
        "ApplicationState": "._application_states",
        "ApplicationTransition": "._application_states",
        "ApplicationTrigger": "._application_states",
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
