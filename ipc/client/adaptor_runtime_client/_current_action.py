"""The actions that threads of this process perform at the moment."""

from __future__ import annotations

import os
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._handed_action import HandedAction

_performed: dict[int, HandedAction] = {}


def enter(handed: HandedAction) -> HandedAction | None:
    """Record that this thread performs an action; return the one that it interrupts, for ``leave``."""
    thread = threading.get_ident()
    former = _performed.get(thread)
    _performed[thread] = handed
    return former


def leave(former: HandedAction | None) -> None:
    """Record that this thread has performed its action."""
    if former is not None:
        _performed[threading.get_ident()] = former
    else:
        _performed.pop(threading.get_ident(), None)  # it is not there in a child that a handler forked


def current() -> HandedAction | None:
    """Return the action of this thread; of another thread, which a handler may have started, the only one there is."""
    mine = _performed.get(threading.get_ident())
    if mine is not None:
        return mine
    others = list(_performed.values())
    return others[0] if len(others) == 1 else None


if hasattr(os, "register_at_fork"):
    # The link is that of the parent, and so is the action.
    os.register_at_fork(after_in_child=_performed.clear)
