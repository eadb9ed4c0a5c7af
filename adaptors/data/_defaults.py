"""Fill in what the data leaves out and the schema has a default for."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._place import CertainPlace


def fill_in(data: Any, place: CertainPlace) -> None:
    """Add to mappings, at every depth, the properties that are missing and that have a ``default``.

    Args:
        data: The data, which is changed.
        place: What the schema says about it.
    """
    left: list[tuple[Any, CertainPlace]] = [(data, place)]
    while left:
        value, here = left.pop()
        if not here.may_default:
            continue
        if isinstance(value, dict):
            for name, default in here.defaults.items():
                if name not in value:
                    value[name] = copy.deepcopy(default)
            left += [(child, here.step(key)) for key, child in value.items()]
        elif isinstance(value, list):
            left += [(child, here.step(index)) for index, child in enumerate(value)]
