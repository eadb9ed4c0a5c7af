"""The thread on which hooks are called."""

from __future__ import annotations

import os
import queue
import sys
import threading
from typing import TYPE_CHECKING

from ...ipc._errors import NoThreadError
from ...ipc._own_process import runtime_thread
from ...ipc._own_process.final_flush import flush_standard_streams
from .._messages.author_traceback import author_traceback

if TYPE_CHECKING:
    from types import FrameType
    from typing import Callable, NoReturn


class HookThread:
    """Call hooks in order on one thread. If a hook does not end, another thread replaces its thread."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name="hooks", daemon=True)

    def start(self) -> None:
        """Start the thread, which is one of Python's own: an author's code asks for it.

        Raises:
            NoThreadError: The system has no thread for it.
        """
        try:
            self._thread.start()
        except (RuntimeError, MemoryError) as error:
            raise NoThreadError(error) from error

    def call(self, work: Callable[[], object]) -> None:
        """Call ``work``, which must not raise, after all previous work."""
        self._work.put(work)

    def close(self) -> None:
        """End the thread as soon as its current hook ends, if ever."""
        self._work.put(None)

    def join(self, seconds: float) -> bool:
        """Wait until the thread has ended, at most ``seconds``; return whether it has."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()


class OwnProcess:
    """Distinguish the process of the runtime from a child that the author's code forked and did not end.

    Such a child also returns from the hook, on its only thread. It must not become a second runtime.
    """

    def __init__(self) -> None:
        self._pid = os.getpid()

    def end_child(self, error: BaseException | None = None) -> None:
        """End this process if it is a child: with ``error``, like a script that raised it."""
        if os.getpid() != self._pid:
            _end(error)


def _end(error: BaseException | None) -> NoReturn:
    code, said = 0, ""
    if isinstance(error, SystemExit):
        code, said = (error.code or 0, "") if isinstance(error.code, (int, type(None))) else (1, str(error.code))
    elif error is not None:
        code, said = 1, author_traceback(error)
    try:
        if said:
            sys.stderr.write(said + "\n")
        flush_standard_streams()
    except BaseException:  # noqa: BLE001, S110  nobody reads it
        pass
    finally:
        os._exit(code & 0xFF)


def dump_of_threads() -> str:
    """Return the Python stack of each thread of this process, without opening files or reading source code."""
    names = {thread.ident: thread.name for thread in threading.enumerate() if thread.ident is not None}
    names.update(runtime_thread.names())
    lines: list[str] = []
    for ident, frame in sys._current_frames().items():  # noqa: SLF001  # no other way exists
        lines.append(f"Thread {names.get(ident, ident)} (most recent call first):")
        lines += _stack(frame)
    return "\n".join(lines)


def _stack(frame: FrameType | None) -> list[str]:
    lines = []
    while frame is not None:
        code = frame.f_code
        lines.append(f'  File "{code.co_filename}", line {frame.f_lineno} in {code.co_name}')
        frame = frame.f_back
    return lines
