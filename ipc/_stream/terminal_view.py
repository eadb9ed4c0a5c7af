"""What a terminal shows below the scrolling lines: the state, the progress, the status, the time that has passed."""

from __future__ import annotations

import threading
import time

from adaptor_runtime_client._messages import LifecycleRecord, Progress, StatusMessage

from .._own_process.runtime_thread import RuntimeThread
from .gauges import beginning, progress_bar, stopwatch
from .plain_text import on_one_line

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from adaptor_runtime_client._messages import Message

SILENCE_SECONDS = 60.0
"""After so many seconds without output, and again after as many, a line says so."""

_TICK_SECONDS = 1.0
_LAST_DRAWING_SECONDS = 1.0
_ERASE = b"\r\x1b[K"
_BAR = 20
_SHORTEST_BAR = 4
_RED, _YELLOW, _PLAIN = b"\x1b[31m", b"\x1b[33m", b"\x1b[0m"
_COLOURS = (
    (b"openjd_fail:", _RED),
    (b"ERROR:", _RED),
    (b"CRITICAL:", _RED),
    (b"WARNING:", _YELLOW),
)


class TerminalView:
    """Keep one line below the lines that a printer writes. Its text is part of what the printer writes.

    Args:
        write: Writes bytes to the terminal, and not in between those of another thread.
        columns: Returns the width of the terminal.
        clock: A monotonic clock.
        is_coloured: Whether failures are shown in colour.
    """

    def __init__(
        self,
        write: Callable[[bytes], object],
        columns: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
        *,
        is_coloured: bool = True,
    ) -> None:
        self._write = write
        self._columns = columns
        self._clock = clock
        self._is_coloured = is_coloured
        self._began = self._heard = self._told = clock()
        self._state = ""
        self._progress: float | None = None
        self._status = ""
        self._closed = threading.Event()
        self._thread: RuntimeThread | None = None

    def start(self) -> None:
        """Draw the line anew each second, on a thread of its own."""
        thread = RuntimeThread(target=self._tick, name="terminal")
        thread.start()
        self._thread = thread

    def close(self) -> None:
        """Erase the line, and draw it no more."""
        if not self._closed.is_set():
            self._closed.set()
            if self._thread is not None:  # it may be about to draw
                self._thread.join(_LAST_DRAWING_SECONDS)
            self._write(_ERASE)

    def around(self, message: Message, data: bytes) -> bytes:
        """Return whole lines as the terminal gets them: instead of the line, which follows them.

        Args:
            message: The event that they show.
            data: The lines.
        """
        self._take(message)
        if self._is_coloured:
            data = _coloured(data)
        return data if self._closed.is_set() else _ERASE + data + self._line()

    def redrawn(self) -> bytes:
        """Return the line anew; after a silence, first a line that says how long it has lasted."""
        now = self._clock()
        silence = b""
        if now - max(self._heard, self._told) >= SILENCE_SECONDS:
            self._told = now
            silence = f"... no output for {stopwatch(now - self._heard)}\n".encode("ascii")
        return _ERASE + silence + self._line()

    def _tick(self) -> None:
        while not self._closed.wait(_TICK_SECONDS):
            self._write(self.redrawn())

    def _take(self, message: Message) -> None:
        if isinstance(message, LifecycleRecord):
            if message.record.get("application") is None:
                self._move(str(message.record.get("target", "")))
        elif isinstance(message, Progress):
            self._progress = message.value
        elif isinstance(message, StatusMessage):
            self._status = message.text
        self._heard = self._clock()

    def _move(self, state: str) -> None:
        if state != self._state:  # progress and status belong to the request that has ended
            self._state, self._progress, self._status = state, None, ""

    def _line(self) -> bytes:
        columns = self._columns() - 1
        percent = "" if self._progress is None else f"{self._progress:g} %"
        line = _joined(self._state, percent, stopwatch(self._clock() - self._began))
        if self._progress is not None:
            line = _joined(line, _bar(self._progress, min(_BAR, columns - len(line) - len("  []"))))
        return beginning(_joined(line, on_one_line(self._status)), columns).encode("utf-8", "replace")


def _joined(*parts: str) -> str:
    return "  ".join(filter(None, parts))


def _coloured(data: bytes) -> bytes:
    if not any(start in data for start, _ in _COLOURS):
        return data
    lines = data[:-1].split(b"\n")
    return b"".join(_coloured_line(line) + b"\n" for line in lines)


def _coloured_line(line: bytes) -> bytes:
    for start, colour in _COLOURS:
        if line.startswith(start):
            return colour + line + _PLAIN
    return line


def _bar(percent: float, width: int) -> str:
    """Return progress as a bar; nothing if there is too little room for one."""
    return "" if width < _SHORTEST_BAR else progress_bar(percent, width)
