"""The command line of every adaptor, and of ``adaptor-runtime`` itself."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._entry_point import EntryPoint, main

__all__ = ["EntryPoint", "main"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from . import _entry_point

        return getattr(_entry_point, name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)
