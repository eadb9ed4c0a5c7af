"""What ends or replaces the whole process: a failure of whoever calls it, because nothing could follow it otherwise."""

from __future__ import annotations

import os
import threading
from functools import partial

from . import runtime_thread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

EXITS = ("_exit", "abort")
"""The functions of ``os`` that end the process at once."""

REPLACES = ("execv", "execve")
"""The functions of ``os`` behind all those that put another program into the process, such as ``os.execlp``."""


class ProcessGuard:
    """While it is installed, ``os._exit`` and its like raise SystemExit in this process. A forked child is left alone.

    Args:
        report: Called with what was called, on a thread of the author's, whose SystemExit nobody would see.
        functions: The functions of ``os``.
    """

    def __init__(self, report: Callable[[str], object], functions: tuple[str, ...] = (*EXITS, *REPLACES)) -> None:
        self._report = report
        self._functions = functions
        self._pid = os.getpid()
        self._former: dict[str, Callable[..., Any]] = {}
        self._ours: dict[str, Callable[..., Any]] = {}
        self._here = threading.local()

    def install(self) -> None:
        """Take the place of the functions."""
        for name in self._functions:
            self._former[name] = getattr(os, name)
            self._ours[name] = partial(self._refuse, name)
            setattr(os, name, self._ours[name])

    def remove(self) -> None:
        """Restore the functions."""
        for name, former in self._former.items():
            if getattr(os, name) is self._ours[name]:
                setattr(os, name, former)

    def expect_here(self) -> None:
        """Record that an author's code is called on this thread: what it raises is reported anyway."""
        self._here.is_expected = True

    def _refuse(self, name: str, *arguments: Any) -> None:
        if os.getpid() != self._pid:
            self._former[name](*arguments)
            return
        shown = str(arguments[0]) if name == "_exit" and arguments else ""
        text = f"os.{name}({shown}) was called"
        if not getattr(self._here, "is_expected", False) and runtime_thread.current() is None:
            self._report(f"{text} in a thread of the adaptor")
        raise SystemExit(text)
