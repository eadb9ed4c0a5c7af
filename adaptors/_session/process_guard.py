"""What ends or replaces the whole process: a failure of whoever calls it, because nothing could follow it otherwise."""

from __future__ import annotations

import _thread
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from ...ipc._own_process import runtime_thread

if TYPE_CHECKING:
    from typing import Callable

_FUNCTIONS = ("_exit", "abort", "execv", "execve")
"""The functions of ``os`` behind all others of their kind, such as ``os.execlp``."""


class ProcessGuard:
    """During a session ``os._exit`` and its like raise SystemExit in its process. In a forked child they do their work.

    Args:
        report: Called with what was called, on a thread of the author's, whose SystemExit nobody would see.
    """

    def __init__(self, report: Callable[[str], object]) -> None:
        self._report = report
        self._pid = os.getpid()
        self._former: dict[str, Callable[..., Any]] = {}
        self._ours: dict[str, Callable[..., Any]] = {}
        self._hook_threads: set[int] = set()

    def install(self) -> None:
        """Take the place of the functions."""
        for name in _FUNCTIONS:
            self._former[name] = getattr(os, name)
            self._ours[name] = partial(self._refuse, name)
            setattr(os, name, self._ours[name])

    def remove(self) -> None:
        """Restore the functions."""
        for name, former in self._former.items():
            if getattr(os, name) is self._ours[name]:
                setattr(os, name, former)

    def expect_hooks(self) -> None:
        """Record that hooks run on this thread: what they raise is reported anyway."""
        self._hook_threads.add(_thread.get_ident())

    def _refuse(self, name: str, *arguments: Any) -> None:
        if os.getpid() != self._pid:
            self._former[name](*arguments)
            return
        shown = str(arguments[0]) if name == "_exit" and arguments else ""
        text = f"os.{name}({shown}) was called"
        if _thread.get_ident() not in self._hook_threads and runtime_thread.current() is None:
            self._report(f"{text} in a thread of the adaptor")
        raise SystemExit(text)
