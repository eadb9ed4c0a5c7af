"""The mark in the environment of everything that a runtime's applications start, by which it is found again.

Parents and sessions are lost when a process makes itself independent: its parent ends, it opens a session of its own.
The environment that it was started with stays with it. Standard library only: the guardian loads this file too.

Not a "child subreaper": orphans of what the author starts would become children of the runtime as well, and a dead one
cannot be told from a child that the author is about to wait for.
"""

from __future__ import annotations

import os

VARIABLE = "ADAPTOR_RUNTIME_APPLICATION"
"""Holds the marks of the runtimes that a process descends from, outermost first. Without it a process is left alone."""

_SEPARATOR = ":"


def new_mark() -> str:
    """Return a mark that no other runtime has."""
    return os.urandom(8).hex()


def marked_environment(environment: dict[str, str], mark: str) -> dict[str, str]:
    """Return a copy of ``environment`` for an application with the mark ``mark``."""
    marks = [environment[VARIABLE]] if environment.get(VARIABLE) else []
    return {**environment, VARIABLE: _SEPARATOR.join([*marks, mark])}


def carries(environment: bytes, mark: str) -> bool:
    """Tell whether a process belongs to the runtime, or the application, that has ``mark``.

    Args:
        environment: Entries ``NAME=value``, each ended by a zero byte.
        mark: Of a runtime, or of one of its applications, which is the runtime's with a number behind it.
    """
    start = f"\0{VARIABLE}=".encode()
    _, found, rest = (b"\0" + environment).partition(start)
    if not found:
        return False
    marks = rest.partition(b"\0")[0].decode("ascii", "replace").split(_SEPARATOR)
    return any(held == mark or held.startswith(f"{mark}.") for held in marks)
