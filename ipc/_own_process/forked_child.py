"""What a process that is forked from the runtime, and starts no program, does with what it has inherited of it.

A worker of multiprocessing is such a process. It has a copy of all that the runtime has in memory, its signal handlers
and its descriptors, and none of its threads. Whatever of that it must not use says here how it lets go of it; nothing
else in this folder is told of a fork.
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
    """Have ``action`` called in each child that is forked from now on, before it does anything else.

    It is called on the child's only thread; what was registered last is called first. A signal that would end the child
    waits until all were called.

    Args:
        action: Lets go of something. It must not raise, and waits for no lock: its owner may be gone.

    Returns:
        A function that takes ``action`` back.
    """
    _actions.append(action)

    def take_back() -> None:
        if action in _actions:  # in a child it is done already
            _actions.remove(action)

    return take_back


def close_descriptor(descriptor: int) -> None:
    """Close what a child has inherited, which stays open in the runtime; the author may have closed it before."""
    try:
        os.close(descriptor)
    except OSError:
        pass


def _before() -> None:
    # Until the handlers are the child's own a signal would be taken for one to the runtime, whose pipe it goes through.
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
