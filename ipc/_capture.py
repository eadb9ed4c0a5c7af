"""Take over this process's own standard output, so that whatever is printed joins the ordered stream.

``print()`` and everything else that goes through ``sys.stdout`` is passed on at once and in order with the log.
Bytes that bypass Python (a C library, a child process that inherited the descriptors) come through a pipe and a
thread. Nothing but the
renderer writes to the real standard output, so no text of a task can reach the scheduler's column 0.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from typing import TYPE_CHECKING, Callable

if TYPE_CHECKING:
    from collections.abc import Iterator

_BLOCK = 64 * 1024
_LINE = 60_000


class PrintedLines(io.RawIOBase):
    """A raw binary file that hands on whole lines; what has no line end is kept until it gets one, or is very long."""

    def __init__(self, emit_output: Callable[[bytes], None], descriptor: int) -> None:
        super().__init__()
        self._emit_output = emit_output
        self._descriptor = descriptor
        self._partial = b""
        self._lock = threading.Lock()

    def writable(self) -> bool:
        """Tell that this file can be written to."""
        return True

    def fileno(self) -> int:
        """Return the descriptor behind ``sys.stdout``, for code that passes it to a child process."""
        return self._descriptor

    def write(self, data: object, /) -> int:
        """Take ``data`` (bytes) and hand on the lines that it completes."""
        received = bytes(memoryview(data))  # type: ignore[arg-type]  # any buffer, as RawIOBase has it
        with self._lock:
            text = self._partial + received.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            whole, newline, self._partial = text.rpartition(b"\n")
            if len(self._partial) > _LINE:
                whole, newline, self._partial = text, b"\n", b""
            if newline:
                self._emit_output(whole + newline)
        return len(received)

    def finish(self) -> None:
        """Hand on a last line that has no line end."""
        with self._lock:
            partial, self._partial = self._partial, b""
            if partial:
                self._emit_output(partial + b"\n")


class _DescriptorReader:
    """Reads one captured descriptor to its end in a thread of its own."""

    def __init__(self, descriptor: int, emit_output: Callable[[bytes], None]) -> None:
        self._saved = os.dup(descriptor)
        self._descriptor = descriptor
        self._read_end, write_end = os.pipe()
        os.dup2(write_end, descriptor)
        os.close(write_end)
        self._emit_output = emit_output
        self._thread = threading.Thread(target=self._read, name=f"captured descriptor {descriptor}", daemon=True)
        self._thread.start()

    @property
    def saved(self) -> int:
        return self._saved

    def _read(self) -> None:
        lines = PrintedLines(self._emit_output, self._descriptor)
        while True:
            try:
                block = os.read(self._read_end, _BLOCK)
            except OSError:
                break
            if not block:
                break
            lines.write(block)
        lines.finish()

    def restore(self, seconds: float) -> None:
        """Put the descriptor back. A child that still holds the pipe is waited for at most ``seconds``."""
        os.dup2(self._saved, self._descriptor)
        self._thread.join(seconds)


class Capture:
    """Standard output and error of this process, taken over from :meth:`start` to :meth:`restore`.

    Args:
        emit_output: Receives the name of the stream (``"print"``, ``"stdout"`` or ``"stderr"``) and a block of
            whole lines.
    """

    def __init__(self, emit_output: Callable[[str, bytes], None]) -> None:
        self._emit_output = emit_output
        self._readers: list[_DescriptorReader] = []
        self._python_files = (sys.stdout, sys.stderr)
        self._files: list[tuple[io.TextIOWrapper, PrintedLines]] = []

    def start(self) -> int:
        """Take over, and return a descriptor of the real standard output for the renderer."""
        for file in self._python_files:
            with contextlib.suppress(Exception):
                file.flush()
        self._readers = [self._reader(1, "stdout"), self._reader(2, "stderr")]
        sys.stdout, sys.stderr = self._printed(1, "print"), self._printed(2, "stderr")
        return self._readers[0].saved

    def _reader(self, descriptor: int, stream: str) -> _DescriptorReader:
        return _DescriptorReader(descriptor, lambda block: self._emit_output(stream, block))

    def _printed(self, descriptor: int, stream: str) -> io.TextIOWrapper:
        raw = PrintedLines(lambda block: self._emit_output(stream, block), descriptor)
        buffered = io.BufferedWriter(raw)
        text = io.TextIOWrapper(buffered, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        self._files.append((text, raw))
        return text

    def restore(self, seconds: float = 1.0) -> None:
        """Hand on what is left and give the descriptors back; wait at most ``seconds`` for a child that holds them."""
        for text, raw in self._files:
            with contextlib.suppress(ValueError):
                text.flush()
            raw.finish()
        sys.stdout, sys.stderr = self._python_files
        for reader in self._readers:
            reader.restore(seconds)


@contextlib.contextmanager
def captured(emit_output: Callable[[str, bytes], None]) -> Iterator[int]:
    """Take over standard output and error for a block; yields the descriptor of the real standard output."""
    capture = Capture(emit_output)
    descriptor = capture.start()
    try:
        yield descriptor
    finally:
        capture.restore()
