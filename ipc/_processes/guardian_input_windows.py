"""What the runtime writes to its guardian, until it has gone."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

assert sys.platform == "win32"

if TYPE_CHECKING:
    from collections.abc import Iterator

_INPUT = 0
_CHUNK = 65536


def chunks(runtime_pid: int) -> Iterator[bytes]:  # noqa: ARG001  # the twin needs it
    """Give what arrives on the standard input until its end. Nothing is inherited here, so that says it all."""
    while data := os.read(_INPUT, _CHUNK):
        yield data
