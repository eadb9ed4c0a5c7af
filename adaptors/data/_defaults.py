"""Fill in the schema's defaults for what the data leaves out."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._place import CertainPlace


def fill_in(data: Any, place: CertainPlace) -> None:
    """Add missing properties that have a ``default`` to mappings at every depth.

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
