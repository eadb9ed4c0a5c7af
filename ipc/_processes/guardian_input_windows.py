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


class RuntimeInput:
    """What the runtime writes until it has exited.

    Args:
        runtime_pid: Unused here: nothing is inherited, so the end of input suffices.
    """

    def __init__(self, runtime_pid: int) -> None:
        del runtime_pid

    def chunks(self) -> Iterator[bytes]:
        """Yield what arrives on standard input until its end."""
        while data := os.read(_INPUT, _CHUNK):
            yield data
