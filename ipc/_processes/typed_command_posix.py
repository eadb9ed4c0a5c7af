"""Command lines that a person can type into a POSIX shell."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def shell_text(words: Sequence[str]) -> str:
    """Return a command line that a shell takes as these words."""
    return shlex.join(words)


def how_to_become(user: str) -> str:
    """Return the beginning of a command line that runs a command as another user."""
    return f"sudo -u {shlex.quote(user)}"


def how_to_continue(pid: int) -> str:
    """Return how to have a suspended process go on, as the end of a sentence."""
    return f" (SIGSTOP): 'kill -CONT {pid}' continues it"


def path_in_shell(program: str) -> str:
    """Return what a shell replaces by the path of a program that it finds."""
    return f'"$(command -v {program})"'
