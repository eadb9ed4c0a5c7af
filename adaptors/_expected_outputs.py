"""The files that a task is expected to write: whether they are there, not empty, and new."""

from __future__ import annotations

import inspect
import os
import stat
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Optional

import attrs

from ..ipc._own_process.plain_call import call_plainly
from ._change_time import change_time

if TYPE_CHECKING:
    from typing import Callable

    Pause = Callable[[float], bool]
    """Waits for a number of seconds; returns whether nothing has to be waited for any more."""

_LOOK_AGAIN_SECONDS = 0.05
_LOOK_AGAIN_SECONDS_AT_MOST = 0.5

_FINE, _COARSE = 0.02, 2.0
"""Seconds that one time of change may stand for: on most file systems; and where times are whole seconds, as on FAT."""


@attrs.frozen
class _Version:
    """One version of a file. It changes when the file is written or replaced, whatever the clock of its system says."""

    device: int
    file: int
    size: int
    changed: int
    """What an application may set back, as it does when it copies a file with its time."""
    status_changed: int
    """What it may not."""

    @classmethod
    def of(cls, path: str, found: os.stat_result) -> _Version:
        return cls(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, change_time(path, found))


class ExpectedOutputs:
    """Look at expected files before and after a task.

    No clock decides whether a file is new: it is if it was not there before, or is another version than before. So a
    file server may have another time, and an application may give its files any. A file that is written twice within
    one tick of its file system would look the same, so ``remember`` waits until the tick of a file that was just
    written is over.

    Args:
        paths: The files. For a folder, it counts only whether anything is in it.

    Raises:
        TypeError: This is no list of paths.
        ValueError: A path is empty.
    """

    def __init__(self, paths: Iterable[Any]) -> None:
        if isinstance(paths, (str, bytes, os.PathLike)):
            raise TypeError("expected_outputs returned a single path; write a list of paths")
        if not isinstance(paths, Iterable):
            raise TypeError(f"expected_outputs returned {paths!r:.60}; write a list of paths, which may be empty")
        self._paths = [os.path.abspath(_text(path, "expected_outputs has")) for path in paths]
        self._before: dict[str, _Version] = {}

    @classmethod
    def returned_by(cls, hook: Callable[[Any], Any], run_data: Any) -> ExpectedOutputs:
        """Return the files that the hook ``expected_outputs`` names. It may be a generator, as no other hook may.

        Args:
            hook: The hook.
            run_data: Its argument.

        Raises:
            TypeError, ValueError: As the constructor.
            NotCalledError: The hook is a coroutine.
            BaseException: What the hook has raised.
        """

        def call() -> Any:
            returned = hook(run_data)
            return list(returned) if inspect.isgenerator(returned) else returned

        return cls(call_plainly("expected_outputs", call))

    def remember(self, pause: Pause) -> None:
        """Record what is there before the task begins.

        Args:
            pause: Waits: at most 20 ms, or 2 seconds where a file system knows only whole seconds.
        """
        self._before = {}
        wait = 0.0
        now = time.time()
        _refresh(self._paths)
        for path in self._paths:
            try:
                found = _look_closely(path)
                if found is None or stat.S_ISDIR(found.st_mode):
                    continue
                self._before[path] = _Version.of(path, found)
            except (OSError, ValueError):  # reported after the task, if it is still so
                continue
            tick = _FINE if found.st_mtime_ns % 1_000_000_000 else _COARSE
            age = now - found.st_mtime_ns / 1e9
            if abs(age) < tick:
                wait = max(wait, tick - max(0.0, age))
        if wait:
            pause(wait)

    def accept(self, path: Any) -> bool:
        """Take a file as it is, if it is there and not empty; return whether it is.

        Args:
            path: What ``skip_existing`` has returned: a file, expected or not.

        Raises:
            TypeError: This is no path.
            ValueError: It is empty.
        """
        path = os.path.abspath(_text(path, "skip_existing returned"))
        try:
            if _defect(path, _look_closely(path)):
                return False
        except (OSError, ValueError):
            return False
        self._before.pop(path, None)
        return True

    def wait(self, patience: float, pause: Pause) -> list[str]:
        """Return what is wrong with each file, empty if nothing is.

        Args:
            patience: Seconds to look again, because a file server may show a new file late.
            pause: Waits between two looks.
        """
        deadline = time.monotonic() + patience
        delay = _LOOK_AGAIN_SECONDS
        while True:
            wrong = self._problems()
            left = deadline - time.monotonic()
            if not wrong or left <= 0 or pause(min(delay, left)):
                return wrong
            delay = min(2 * delay, _LOOK_AGAIN_SECONDS_AT_MOST)

    def _problems(self) -> list[str]:
        _refresh(self._paths)
        return [f"{path} {problem}" for path in self._paths if (problem := self._problem(path))]

    def _problem(self, path: str) -> str:
        problem = self._judge(path, _look)
        return self._judge(path, _look_closely) if problem else ""

    def _judge(self, path: str, look: Callable[[str], Optional[os.stat_result]]) -> str:
        try:
            found = look(path)
            defect = _defect(path, found)
            if defect or found is None or stat.S_ISDIR(found.st_mode):
                return defect
            before = self._before.get(path)
            is_old = before is not None and before == _Version.of(path, found)
        except (OSError, ValueError) as error:
            return f"cannot be read: {getattr(error, 'strerror', None) or error}"
        return "is old: the task did not write it" if is_old else ""


def _defect(path: str, found: Optional[os.stat_result]) -> str:
    """Return why what was found at a path is no output; empty if it may be one.

    Raises:
        OSError: The folder cannot be read.
    """
    if found is None:
        return "is missing"
    if stat.S_ISDIR(found.st_mode):
        with os.scandir(path) as entries:
            return "" if any(entries) else "is an empty folder"
    if not stat.S_ISREG(found.st_mode):  # a pipe, a socket, or a device
        return "is no file or folder"
    return "" if found.st_size else "is empty"


def _text(path: Any, said: str) -> str:
    try:
        text = os.fsdecode(path)
    except TypeError:
        raise TypeError(f"{said} {path!r:.60}; each output must be a str or a path") from None
    if text in ("", os.curdir):  # the latter is how pathlib writes an empty path
        raise ValueError(f"{said} {path!r}, which is the current directory; write the path of a file or a folder")
    return text


def _refresh(paths: Iterable[str]) -> None:
    """Open each folder: NFS then asks the server what is in it, which it otherwise does only after a while."""
    for folder in {os.path.dirname(path) for path in paths}:
        _ask(folder)


def _ask(path: str) -> Optional[os.stat_result]:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):  # it is not there, is not ours to read, or a folder on Windows
        return None
    try:
        return os.fstat(descriptor)
    finally:
        os.close(descriptor)


def _look(path: str) -> Optional[os.stat_result]:
    """Return what is known of a file, and None for no file.

    Raises:
        OSError: That is unknown.
    """
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _look_closely(path: str) -> Optional[os.stat_result]:
    """Do the same, but open the file: only then does NFS ask the server about it."""
    found = _look(path)
    return (_ask(path) or found) if found is not None and stat.S_ISREG(found.st_mode) else found
