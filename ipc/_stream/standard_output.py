"""Take over this process's own standard output, so that everything printed joins the ordered stream.

``print()`` and other output through ``sys.stdout`` is passed on at once and in order with the log. Bytes that bypass
Python (a C library, a child process that inherited the descriptors) come through a pipe and a thread. Only the printer
writes to the real standard output, so no text of a task can reach the scheduler's column 0.

A forked child writes to the captured descriptors, as the child of any script does.
"""

from __future__ import annotations

import contextlib
import io
import os
import stat
import sys
import threading
import time
from typing import Any, Callable

from .._own_descriptor import OwnDescriptor
from .._own_pipe import open_pipe
from .._own_process.forked_child import close_descriptor, in_forked_child
from .._own_process.runtime_thread import RuntimeThread
from .output_lines import OutputLines, visible

_BLOCK = 64 * 1024

_FOREIGN_SECONDS = 1.0
"""How long an object that an author has put in the place of a standard stream may take to flush."""


class PrintedLines(io.RawIOBase):
    """A raw binary file that passes on whole lines, or an empty block if a write completes no line.

    An unfinished line is kept until it ends, becomes very long, or `finish` is called. Nobody waits to answer what this
    process prints, so it is not shown after a silence.
    """

    def __init__(self, emit_output: Callable[[bytes], None], descriptor: int) -> None:
        super().__init__()
        self._emit_output = emit_output
        self._descriptor = descriptor
        self._lines = OutputLines()
        self._lock = threading.Lock()

    def writable(self) -> bool:
        """Return True: this file is writable."""
        return True

    def fileno(self) -> int:
        """Return the descriptor behind ``sys.stdout``, for code that passes it to a child process."""
        return self._descriptor

    def write(self, data: object, /) -> int:
        """Take ``data`` (bytes) and pass on the lines that it completes."""
        received = bytes(memoryview(data))  # type: ignore[arg-type]  # any buffer, as in RawIOBase
        if not received:
            return 0
        with self._lock:
            for at in range(0, len(received), _BLOCK):  # one line of many megabytes is cut piece by piece
                pieces = self._lines.feed(received[at : at + _BLOCK])
                self._emit_output(visible(b"".join(piece.shown for piece in pieces)))
        return len(received)

    def leave_to_parent(self) -> None:
        """In a forked child: leave unfinished lines to the parent; new output goes straight to the descriptor."""
        self._lock = threading.Lock()  # another thread of the parent may have held the old one
        self._lines = OutputLines()
        self.write = self._write_through  # type: ignore[method-assign]

    def _write_through(self, data: object, /) -> int:
        return os.write(self._descriptor, data)  # type: ignore[arg-type]  # any buffer, as in RawIOBase

    def finish(self) -> None:
        """Pass on an unfinished last line."""
        with self._lock:
            block = b"".join(piece.shown for piece in self._lines.show())
            if block:
                self._emit_output(visible(block))


class _DescriptorReader:
    """Read one captured descriptor to its end in a separate thread.

    A flush waits for a mark in the pipe itself, after everything written before: on every platform, nothing else shows
    that the thread has not only read those bytes but also passed them on.
    """

    def __init__(self, descriptor: int, emit_output: Callable[[bytes], None]) -> None:
        self._saved = OwnDescriptor(os.dup(descriptor))
        self._descriptor = descriptor
        self._read_end, write_end = open_pipe()
        self._write_end = OwnDescriptor(write_end)
        self._lines = PrintedLines(emit_output, descriptor)
        self._mark = b"\0" + os.urandom(16).hex().encode() + b"\n"
        self._changed = threading.Condition()
        self._marks_written = 0
        self._marks_read = 0
        self._thread = RuntimeThread(target=self._read, name=f"captured descriptor {descriptor}")
        try:
            self._thread.start()
        except BaseException:
            self._saved.close()
            self._read_end.close()
            self._write_end.close()
            raise
        os.dup2(write_end, descriptor)

    @property
    def saved(self) -> OwnDescriptor:
        return self._saved

    def flush(self, seconds: float) -> bool:
        """Pass on everything written before this call, within ``seconds``."""
        with self._changed:
            self._marks_written += 1
            number = self._marks_written
            try:
                os.write(self._write_end.checked(), self._mark)  # in one piece: shorter than PIPE_BUF
            except OSError:
                return False  # other code has closed it
            return self._changed.wait_for(lambda: self._marks_read >= number, seconds)

    def _read(self) -> None:
        kept = b""
        while block := self._read_end.read(_BLOCK):
            *before_marks, rest = (kept + block).split(self._mark)
            for part in before_marks:
                self._lines.write(part)
                self._lines.finish()
                self._take_mark()
            at = rest.rfind(b"\0")
            if at < 0 or not self._mark.startswith(rest[at:]):
                at = len(rest)
            kept = rest[at:]
            self._lines.write(rest[:at])
        self._lines.write(kept)
        self._lines.finish()

    def _take_mark(self) -> None:
        with self._changed:
            self._marks_read += 1
            self._changed.notify_all()

    def leave_to_parent(self) -> None:
        """In a forked child: leave the pipe to the parent, which reads it.

        A process that waits for the end of the real standard output must not wait for the child.
        """
        self._read_end.close()
        for descriptor in (self._saved.number, self._write_end.number):
            close_descriptor(descriptor)

    def restore(self, seconds: float) -> None:
        """Restore the descriptor. Wait at most ``seconds`` for a child that still holds the pipe."""
        with contextlib.suppress(OSError):  # other code has closed it: nothing leads to the real one any more
            os.dup2(self._saved.checked(), self._descriptor)
        self._write_end.close()
        self._thread.join(seconds)


class StandardOutput:
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
        self._take_back: Callable[[], object] | None = None

    def start(self) -> tuple[OwnDescriptor, OwnDescriptor]:
        """Take over, and return the real standard output and error, for the printer.

        Raises:
            OSError: The operating system lacks a resource; then nothing was taken over.
        """
        for file in self._python_files:
            with contextlib.suppress(Exception):
                file.flush()
        try:
            for descriptor, stream in ((1, "stdout"), (2, "stderr")):
                self._readers.append(self._reader(descriptor, stream))
        except BaseException:
            self.restore()
            raise
        sys.stdout, sys.stderr = self._printed(1, "print"), self._printed(2, "stderr")
        self._take_back = in_forked_child(self._leave_to_parent)
        return self._readers[0].saved, self._readers[1].saved

    def _leave_to_parent(self) -> None:
        """In a forked child: print to the captured descriptors, also through files that other code has kept."""
        for reader in self._readers:
            reader.leave_to_parent()
        for _, raw in self._files:
            raw.leave_to_parent()
        ours = [text for text, _ in self._files]
        self._readers, self._files = [], []
        if sys.stdout in ours:
            sys.stdout = _text_file(1)
        if sys.stderr in ours:
            sys.stderr = _text_file(2)

    def _reader(self, descriptor: int, stream: str) -> _DescriptorReader:
        return _DescriptorReader(descriptor, lambda block: self._emit_output(stream, block))

    def _printed(self, descriptor: int, stream: str) -> io.TextIOWrapper:
        raw = PrintedLines(lambda block: self._emit_output(stream, block), descriptor)
        buffered = io.BufferedWriter(raw)
        text = io.TextIOWrapper(buffered, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        self._files.append((text, raw))
        return text

    def read_also(self, read_end: int) -> None:
        """Also read another pipe to its end as standard output. A flush does not cover it."""
        lines = PrintedLines(lambda block: self._emit_output("stdout", block), 1)
        name = "former standard output"
        RuntimeThread(target=_read_to_end, args=(read_end, lines), name=name).start()

    def flush(self, seconds: float = 1.0) -> bool:
        """Pass on everything printed before this call, including an unfinished line.

        Args:
            seconds: Time limit.

        Returns:
            Whether that finished in time.
        """
        self._flush_files()
        due = time.monotonic() + seconds
        flushed = [reader.flush(max(0.0, due - time.monotonic())) for reader in self._readers]
        return all(flushed)  # ask each of them, also after one that was late

    def _flush_files(self) -> None:
        for file in (sys.stdout, sys.stderr):
            if all(file is not text for text, _ in self._files):
                _flush_foreign(file)
        for text, raw in self._files:
            with contextlib.suppress(ValueError):  # the author has closed it
                text.flush()
            raw.finish()

    def restore(self, seconds: float = 1.0) -> None:
        """Pass on the rest and restore both descriptors.

        Args:
            seconds: How long to wait for a child that holds a descriptor.
        """
        self._flush_files()
        if self._take_back is not None:
            self._take_back()
        sys.stdout, sys.stderr = self._python_files
        for reader in self._readers:
            reader.restore(seconds)


def _flush_foreign(file: Any) -> None:
    """Flush what an author has put in the place of our file: a wrapper around it, perhaps, which has a buffer."""
    if type(file) is io.TextIOWrapper:
        _flush(file)
        return
    thread = RuntimeThread(target=_flush, args=(file,), name="flush")  # whatever it is, it may block
    with contextlib.suppress(RuntimeError):
        thread.start()
        thread.join(_FOREIGN_SECONDS)


def _flush(file: Any) -> None:
    with contextlib.suppress(BaseException):
        file.flush()


def open_pipe_of(descriptor: int) -> int | None:
    """Return a read end of the pipe whose write end is ``descriptor``; None if that is impossible."""
    try:
        is_pipe = stat.S_ISFIFO(os.fstat(descriptor).st_mode)
        return os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY) if is_pipe else None
    except OSError:
        return None


def _read_to_end(read_end: int, lines: PrintedLines) -> None:
    with open(read_end, "rb", buffering=0) as pipe:
        while block := pipe.read(_BLOCK):
            lines.write(block)
    lines.finish()


def _text_file(descriptor: int) -> Any:
    # Line by line: then a child that ends through os._exit has printed its output.
    return open(descriptor, "w", buffering=1, encoding="utf-8", errors="backslashreplace", closefd=False)
