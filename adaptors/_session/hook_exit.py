"""``os._exit`` in a hook: a failure of the hook, as ``sys.exit`` is, because nothing could follow it otherwise."""

from __future__ import annotations

import os
import threading

_exit = os._exit
_hooks = threading.local()
_pid = 0


class HookExit:
    """Within the block, ``os._exit`` on this thread raises SystemExit. In a child that is forked there it exits."""

    def __enter__(self) -> None:
        """Begin to look at the calls of this thread."""
        _install()
        _hooks.are_running = True

    def __exit__(self, *_: object) -> None:
        """Let calls of this thread through again."""
        _hooks.are_running = False


def _install() -> None:
    """Take the place of ``os._exit``, which goes on working everywhere else."""
    global _pid
    if _pid != os.getpid():
        _pid = os.getpid()
        os._exit = _exit_unless_hook  # type: ignore[assignment]


def _exit_unless_hook(status: int) -> None:
    if os.getpid() == _pid and getattr(_hooks, "are_running", False):
        raise SystemExit(f"os._exit({status}) was called")
    _exit(status)
