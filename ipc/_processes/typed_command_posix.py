"""Command lines that a person can type into a POSIX shell."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def shell_text(words: Sequence[str]) -> str:
    """Return a command line that a shell takes as these words."""
    return shlex.join(words)


def data_in_shell(data: Mapping[str, str | int]) -> str:
    """Return a mapping as a person types it as an argument: JSON."""
    return shlex.quote(json.dumps(data))


def to_set_variable(name: str, command: str) -> list[str]:
    """Return the command lines, one of which sets an environment variable to what a command prints."""
    return [f"export {name}=$({command})"]


def how_to_become(user: str) -> str:
    """Return the beginning of a command line that runs a command as another user."""
    return f"sudo -u {shlex.quote(user)}"


def how_to_continue(pid: int) -> str:
    """Return how to have a suspended process go on, as the end of a sentence."""
    return f" (SIGSTOP): 'kill -CONT {pid}' continues it"


def path_in_shell(program: str) -> str:
    """Return what a shell replaces by the path of a program that it finds."""
    return f'"$(command -v {program})"'
