"""How processes talk: daemon and frontends, adaptor and application. The names are loaded when they are first used."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._application.actions_queue import ActionsQueue
    from ._application.server import AdaptorServer
    from ._errors import ActionFailedError, ApplicationLinkLostError

__all__ = [
    "ActionFailedError",
    "ActionsQueue",
    "AdaptorServer",
    "ApplicationLinkLostError",
]

_MODULES = {
    "ActionFailedError": "._errors",
    "ActionsQueue": "._application.actions_queue",
    "AdaptorServer": "._application.server",
    "ApplicationLinkLostError": "._errors",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
