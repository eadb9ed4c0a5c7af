"""The path to a value in data, as text."""

from __future__ import annotations

import json
import re

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")


def show_path(path: Sequence[str | int]) -> str:
    """Return the path to a value.

    >>> show_path(["layers", 0, "file name"])
    'layers[0]["file name"]'
    """
    return "".join(show_step(step) for step in path).lstrip(".")


def show_step(step: str | int) -> str:
    """Return one step of the path: a key or the number of an item."""
    if isinstance(step, str) and _PLAIN_KEY.match(step):
        return f".{step}"
    return f"[{json.dumps(step, ensure_ascii=False)}]"
