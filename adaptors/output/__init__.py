"""What an application writes: lines, and the rules that look at them. The names are loaded when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._regex_callback import RegexCallback
    from ._regex_handler import RegexHandler

__all__ = ["RegexCallback", "RegexHandler"]

_MODULES = {
    "RegexCallback": "_regex_callback",
    "RegexHandler": "_regex_handler",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
