"""The deprecated former name of an attribute."""

from __future__ import annotations

import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def deprecation(former: str, name: str) -> str:
    """Return the text of the warning."""
    return f"{former!r} is deprecated: use {name!r}"


def former_name(former: str, name: str) -> property:
    """Return a property ``former`` that warns and leads to the attribute ``name``."""
    text = deprecation(former, name)

    def get(instance: Any) -> Any:
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        return getattr(instance, name)

    def put(instance: Any, value: Any) -> None:
        warnings.warn(text, DeprecationWarning, stacklevel=2)
        setattr(instance, name, value)

    return property(get, put, doc=f"The former name of ``{name}``; deprecated.")
