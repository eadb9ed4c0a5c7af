"""Find the secrets in data: the values that the schema marks as ``writeOnly``, and everything inside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ._place import Place


def secret_values(data: Any, place: Place) -> Iterator[str]:
    """Yield the strings and numbers that must not be shown, as they are written.

    Args:
        data: The data.
        place: What the schema says about it.
    """
    left: list[tuple[Any, Place | None]] = [(data, place)]  # without a place: inside of a secret
    while left:
        value, here = left.pop()
        if here is not None and not here.may_hide:
            continue
        if here is not None and here.is_secret:
            here = None
        if isinstance(value, dict):
            if here is not None and here.hides_names:
                yield from value
            left += [(child, here and here.step(key)) for key, child in value.items()]
        elif isinstance(value, list):
            left += [(child, here and here.step(index)) for index, child in enumerate(value)]
        elif here is None and isinstance(value, (str, int, float)) and not isinstance(value, bool):
            yield str(value)
