"""A pipe that is read until this process ends it, even if other processes hold its other end."""

from __future__ import annotations

import os
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 64 * 1024


class MarkedPipe:
    """Read what another process writes, up to a mark that this process writes after it.

    A pipe ends when the last process that inherited it has exited, which may never happen: the other process may leave
    a helper behind, for example.
    """

    def __init__(self) -> None:
        self.read_end, self.write_end = os.pipe()
        self._mark = b"\0" + os.urandom(16).hex().encode("ascii") + b"\n"
        self._lock = threading.Lock()
        self._over = False

    def blocks(self) -> Iterator[bytes]:
        """Yield what arrives until :meth:`end` is called. Use it once."""
        kept = b""
        while block := os.read(self.read_end, _BLOCK):
            before, mark, _ = (kept + block).partition(self._mark)
            if mark:
                yield before
                return
            at = before.rfind(b"\0")
            if at < 0 or not self._mark.startswith(before[at:]):
                at = len(before)
            kept = before[at:]
            if before[:at]:
                yield before[:at]

    def end(self) -> None:
        """End :meth:`blocks` after everything written so far. Any thread may call it, repeatedly or late."""
        with self._lock:
            if not self._over:
                self._over = True
                os.write(self.write_end, self._mark)  # in one piece: shorter than PIPE_BUF

    def close(self) -> None:
        """Close both ends in this process. No thread may be reading."""
        with self._lock:
            self._over = True
            os.close(self.read_end)
            os.close(self.write_end)
