"""The input of the guardian, until the runtime has exited."""

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
    """Yield what arrives on standard input until its end. Nothing is inherited here, so the end of input suffices."""
    while data := os.read(_INPUT, _CHUNK):
        yield data
