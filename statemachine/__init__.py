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
    from ._session_history import (
        ApplicationProcess,
        ApplicationStay,
        Entry,
        Phase,
        PhaseOutcome,
        ReceivedSignal,
        Refusal,
        Restart,
        SessionHistory,
    )
    from ._session_reading import sessions_of
    from ._states import TRANSITIONS, AdaptorState, Moves, Transition, Trigger

__all__ = [
    "APPLICATION_TRANSITIONS",
    "TRANSITIONS",
    "AdaptorRuntimeError",
    "AdaptorState",
    "ApplicationLife",
    "ApplicationProcess",
    "ApplicationState",
    "ApplicationStay",
    "ApplicationTransition",
    "ApplicationTrigger",
    "Entry",
    "Facts",
    "IllegalCallError",
    "InFlight",
    "Lifecycle",
    "Moves",
    "Phase",
    "PhaseOutcome",
    "ReceivedSignal",
    "Record",
    "Refusal",
    "Restart",
    "SessionHistory",
    "Transition",
    "Trigger",
    "draw",
    "path",
    "sessions_of",
]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "APPLICATION_TRANSITIONS": "._application_states",
        "TRANSITIONS": "._states",
        "AdaptorRuntimeError": "._errors",
        "AdaptorState": "._states",
        "ApplicationLife": "._application_life",
        "ApplicationProcess": "._session_history",
        "ApplicationState": "._application_states",
        "ApplicationStay": "._session_history",
        "ApplicationTransition": "._application_states",
        "ApplicationTrigger": "._application_states",
        "Entry": "._session_history",
        "Facts": "._lifecycle",
        "IllegalCallError": "._illegal_call",
        "InFlight": "._in_flight",
        "Lifecycle": "._lifecycle",
        "Moves": "._states",
        "Phase": "._session_history",
        "PhaseOutcome": "._session_history",
        "ReceivedSignal": "._session_history",
        "Record": "._history",
        "Refusal": "._session_history",
        "Restart": "._session_history",
        "SessionHistory": "._session_history",
        "Transition": "._states",
        "Trigger": "._states",
        "draw": "._graph",
        "path": "._history",
        "sessions_of": "._session_reading",
    },
)
