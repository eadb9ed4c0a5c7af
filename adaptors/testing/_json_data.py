"""The data that a test gives to a session, as it would arrive from a scheduler."""

from __future__ import annotations

import json
import os
from typing import Any


def as_json(data: Any) -> Any:
    """Return a copy of data that has been JSON on its way; paths become texts.

    Raises:
        TypeError: JSON cannot express it.
    """
    return json.loads(json.dumps(data, default=_path))


def _path(value: object) -> str:
    if isinstance(value, os.PathLike):
        return str(os.fspath(value))
    raise TypeError(f"a scheduler sends data as JSON, which cannot express {value!r}")
