"""The mark in the environment of every process that a runtime's applications start, to find it again.

A process that makes itself independent loses its parent and its session: its parent ends, it opens its own session. Its
initial environment stays with it. Standard library only: the guardian loads this file too.

Not a "child subreaper": orphans of the author's children would become children of the runtime, too, and a dead one
looks the same as a child that the author is about to wait for.
"""

from __future__ import annotations

import os

VARIABLE = "ADAPTOR_RUNTIME_APPLICATION"
"""Holds the marks of the runtimes that a process descends from, outermost first. A process without it is left alone."""

_SEPARATOR = ":"


def new_mark() -> str:
    """Return a mark that no other runtime has."""
    return os.urandom(8).hex()


_own = new_mark()


def own_mark() -> str:
    """Return the mark of the applications of this process."""
    return _own


def take_mark_of(session_directory: str) -> None:
    """Give this process the mark of its session directory, before its first application starts."""
    global _own
    _own = mark_of(session_directory)


def mark_of(session_directory: str) -> str:
    """Return the mark of the applications of a daemon: a command that finds it dead knows the directory, too."""
    return os.path.basename(session_directory)


def start_mark_of(session_directory: str) -> str:
    """Return the mark of a daemon that is starting: its connection file does not have its process id yet."""
    return f"{mark_of(session_directory)}-start"


def marked_environment(environment: dict[str, str], mark: str) -> dict[str, str]:
    """Return a copy of ``environment`` for a process with the mark ``mark``."""
    marks = [environment[VARIABLE]] if environment.get(VARIABLE) else []
    return {**environment, VARIABLE: _SEPARATOR.join([*marks, mark])}


def carries(environment: bytes, mark: str) -> bool:
    """Return whether a process belongs to the runtime, or the application, that has ``mark``.

    Args:
        environment: Entries ``NAME=value``, each ended by a zero byte.
        mark: The mark of a runtime, or of one of its applications, which is the runtime's mark followed by a number.
    """
    start = f"\0{VARIABLE}=".encode()
    _, found, rest = (b"\0" + environment).partition(start)
    if not found:
        return False
    marks = rest.partition(b"\0")[0].decode("ascii", "replace").split(_SEPARATOR)
    return any(held == mark or held.startswith(f"{mark}.") for held in marks)
