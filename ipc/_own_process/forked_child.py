"""What a fork of the runtime that starts no program does with the state it inherited.

A worker of multiprocessing is such a process. It has a copy of the runtime's memory, signal handlers, and file
descriptors, but none of its threads. Each object that a child must not use registers here how to release it; nothing
else in this folder handles a fork.
"""

from __future__ import annotations

import os
import sys
import threading

if sys.platform == "win32":
    from .signals_windows import hold_back, let_through
else:
    from .signals_posix import hold_back, let_through

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    Action = Callable[[], object]

_actions: list[Action] = []
_masks: dict[int, set[Any]] = {}


def in_forked_child(action: Action) -> Action:
    """Call ``action`` in each child forked from now on, before it does anything else.

    It runs on the child's only thread; actions run in reverse order of registration. A signal that would end the child
    waits until all have run.

    Args:
        action: Releases something. It must not raise or wait for a lock, whose owner may be gone.

    Returns:
        A function that unregisters ``action``.
    """
    _actions.append(action)

    def take_back() -> None:
        if action in _actions:  # in a child it has already run
            _actions.remove(action)

    return take_back


def close_descriptor(descriptor: int) -> None:
    """Close an inherited descriptor in a child; it stays open in the runtime. The author may have closed it before."""
    try:
        os.close(descriptor)
    except OSError:
        pass


def _before() -> None:
    # Until the child has its own handlers, a signal to it would go through the runtime's pipe and count as one to it.
    if _actions:
        _masks[threading.get_ident()] = hold_back()


def _after_in_parent() -> None:
    mask = _masks.pop(threading.get_ident(), None)
    if mask is not None:
        let_through(mask)


def _after_in_child() -> None:
    actions = _actions[::-1]
    _actions.clear()
    try:
        for action in actions:
            action()
    finally:
        _after_in_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child)
