"""What a session said last: for those who ask how it is, while it goes on."""

from __future__ import annotations

import time
from collections import deque

from adaptor_runtime_client._messages import Progress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adaptor_runtime_client._messages import StatusMessage

_LINES = 20
_LONGEST = 500
"""Bytes that are kept of one block of output, and of one log record."""


class Latest:
    r"""Keep the last lines, the progress and the status of a session, a few kilobytes. Any thread may call it.

    >>> latest = Latest()
    >>> latest.output("stdout", b"one\ntwo\n")
    >>> latest.lines()
    [['stdout', 'one'], ['stdout', 'two']]
    """

    def __init__(self) -> None:
        self.progress: float | None = None
        self.status: str | None = None
        self.output_at: float | None = None
        """When there was a line of any kind last: a reading of the monotonic clock."""
        self._blocks: deque[tuple[str, bytes, bool]] = deque(maxlen=_LINES)

    def forget(self) -> None:
        """Forget progress and status: a request begins, or has ended."""
        self.progress = self.status = None

    def message(self, message: Progress | StatusMessage) -> None:
        """Keep progress or a status."""
        if isinstance(message, Progress):
            self.progress = message.value
        else:
            self.status = message.text

    def output(self, stream: str, block: bytes) -> None:
        """Keep the end of a block of whole lines; an empty one means output that is not a line yet."""
        self.output_at = time.monotonic()
        if block:
            self._blocks.append((stream, block[-_LONGEST:], len(block) > _LONGEST))

    def log(self, level: str, text: str) -> None:
        """Keep the beginning of a log record."""
        self.output("log", f"{level}: {text[:_LONGEST]}".encode("utf-8", "backslashreplace")[:_LONGEST])

    def lines(self) -> list[list[str]]:
        """Return the last lines, oldest first: ``stdout``, ``stderr``, ``print`` or ``log``, and the text of each."""
        found: list[list[str]] = []
        for stream, block, is_cut in list(self._blocks):
            lines = block.decode("utf-8", "backslashreplace").rstrip("\n").split("\n")
            found += [[stream, line] for line in (lines[1:] if is_cut and len(lines) > 1 else lines)]
        return found[-_LINES:]

    def to_dict(self) -> dict[str, Any]:
        """Return the output as a status shows it, as a JSON object: its age in seconds, and the last lines."""
        seconds = None if self.output_at is None else time.monotonic() - self.output_at
        return {"seconds": seconds, "lines": self.lines()}
