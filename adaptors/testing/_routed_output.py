"""``sys.stdout`` and ``sys.stderr`` of a process that runs a test and, on other threads, a session."""

from __future__ import annotations

import contextlib
import io
import sys
import threading
from typing import TYPE_CHECKING, Any

from ..ipc._stream.standard_output import PrintedLines

if TYPE_CHECKING:
    from typing import Callable

    Emit = Callable[[str, bytes], None]


class _RoutedFile:
    """A text file that is another one on the thread of the test.

    Args:
        former: What the thread of the test prints to.
        session: What all others print to.
    """

    def __init__(self, former: Any, session: io.TextIOWrapper) -> None:
        self._former = former
        self._session = session
        self._test = threading.get_ident()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._former if threading.get_ident() == self._test else self._session, name)


class RoutedOutput:
    """Output of this session is what other threads than the one of the test print, from ``start`` to ``restore``.

    The descriptors stay as they are: they belong to the test runner, which may capture them.

    Args:
        emit: Takes the name of a stream, ``print`` or ``stderr``, and a block of whole lines.
    """

    def __init__(self, emit: Emit) -> None:
        self._emit = emit
        self._former: tuple[Any, Any] = (sys.stdout, sys.stderr)
        self._files: list[tuple[io.TextIOWrapper, PrintedLines]] = []
        self._routed: tuple[Any, Any] = self._former

    def start(self) -> None:
        """Take the place of both files. The calling thread is that of the test."""
        self._former = sys.stdout, sys.stderr
        self._routed = self._route(1, "print", sys.stdout), self._route(2, "stderr", sys.stderr)
        sys.stdout, sys.stderr = self._routed

    def _route(self, descriptor: int, stream: str, former: Any) -> _RoutedFile:
        raw = PrintedLines(lambda block: self._emit(stream, block), descriptor)
        text = io.TextIOWrapper(
            io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
        )
        self._files.append((text, raw))
        return _RoutedFile(former, text)

    def flush(self, _seconds: float = 0.0) -> bool:
        """Pass on everything printed before this call, including an unfinished line."""
        for text, raw in self._files:
            with contextlib.suppress(ValueError):  # the author has closed it
                text.flush()
            raw.finish()
        return True

    def restore(self) -> None:
        """Pass on the rest, and put back the former files where nothing else has taken the place."""
        self.flush()
        if sys.stdout is self._routed[0]:
            sys.stdout = self._former[0]
        if sys.stderr is self._routed[1]:
            sys.stderr = self._former[1]
