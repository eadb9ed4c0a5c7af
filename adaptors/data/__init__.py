"""Reading and checking the data that a user or a scheduler hands over: init data, run data, path mapping rules."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._load import load_mapping
    from ._schema import Schema
    from ._validators import AdaptorDataValidator, AdaptorDataValidators

__all__ = ["AdaptorDataValidator", "AdaptorDataValidators", "Schema", "load_mapping"]

_MODULES = {
    "AdaptorDataValidator": "._validators",
    "AdaptorDataValidators": "._validators",
    "Schema": "._schema",
    "load_mapping": "._load",
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
