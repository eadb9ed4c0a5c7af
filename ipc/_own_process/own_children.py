"""End the children that this process would leave behind when it exits through ``os._exit``."""

from __future__ import annotations

import sys

from .._processes.exit_watch import has_children
from .runtime_thread import RuntimeThread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

EXIT_SECONDS = 5.0
"""How long pools, managers, and workers may take to end in the way of their own modules."""

GRACE_SECONDS = 1.0
"""Seconds between SIGTERM and SIGKILL for children that are left after that."""

_EXIT_FUNCTIONS = {"concurrent.futures.process": "_python_exit", "multiprocessing.util": "_exit_function"}
"""The exit functions that the interpreter calls, by the module that registered them."""


def end_own_children() -> list[str]:
    """End the pools and workers of ``multiprocessing`` and ``concurrent.futures``, then every other child.

    A child with its own session was detached on purpose, and is left alone. The time is bounded.

    Returns:
        The command lines of the children that a signal had to end.
    """
    loaded = [name for name in _EXIT_FUNCTIONS if name in sys.modules]
    if loaded:
        _call_bounded([getattr(sys.modules[name], _EXIT_FUNCTIONS[name], int) for name in loaded])
    if not has_children():
        return []
    from .._processes.process_tree import end_children

    return end_children(GRACE_SECONDS)


def _call_bounded(functions: list[Callable[[], Any]]) -> None:
    def call() -> None:
        for function in functions:
            try:
                function()
            except Exception:  # noqa: BLE001, S112  a broken worker is killed
                continue

    thread = RuntimeThread(target=call, name="exit functions")
    try:
        thread.start()
    except RuntimeError:  # no more threads can start
        return
    thread.join(EXIT_SECONDS)
