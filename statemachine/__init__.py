"""The lifecycle of an adaptor as an explicit state machine: states, table, guard, history and drawings.

Pure: no input or output, no hooks, no processes. The names are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module

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

_MODULES = {
    "TRANSITIONS": "_states",
    "AdaptorRuntimeError": "_errors",
    "AdaptorState": "_states",
    "Facts": "_lifecycle",
    "IllegalCallError": "_illegal_call",
    "InFlight": "_in_flight",
    "Lifecycle": "_lifecycle",
    "Moves": "_states",
    "Record": "_history",
    "Transition": "_states",
    "Trigger": "_states",
    "draw": "_graph",
    "path": "_history",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
