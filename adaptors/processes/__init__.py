"""Applications: start them, read them, end them. The names are loaded when they are first used."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._errors import ApplicationFailedError
    from ._logging_subprocess import LoggingSubprocess
    from ._managed_process import ManagedProcess
    from ._stream_logger import StreamLogger

__all__ = ["ApplicationFailedError", "LoggingSubprocess", "ManagedProcess", "StreamLogger"]

_MODULES = {
    "ApplicationFailedError": "_errors",
    "LoggingSubprocess": "_logging_subprocess",
    "ManagedProcess": "_managed_process",
    "StreamLogger": "_stream_logger",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
