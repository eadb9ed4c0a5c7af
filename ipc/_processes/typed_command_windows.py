"""Command lines that a person can type into a console of Windows."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def shell_text(words: Sequence[str]) -> str:
    """Return a command line that a shell takes as these words."""
    return subprocess.list2cmdline(words)


def data_in_shell(data: Mapping[str, str | int]) -> str:
    """Return a mapping as a person types it as an argument: YAML, whose quotation marks mean the same in each shell."""
    return '"{' + ", ".join(f"{key}: {value}" for key, value in data.items()) + '}"'


def to_set_variable(name: str, command: str) -> list[str]:
    """Return the command lines, one of which sets an environment variable to what a command prints.

    The first one is for ``cmd``, where a batch file needs ``%%p``, and the second one for PowerShell.
    """
    return [f"""for /f "delims=" %p in ('{command}') do set {name}=%p""", f"$env:{name} = & {command}"]


def how_to_become(user: str) -> str:
    """Return the beginning of a command line that runs a command as another user."""
    return f'runas /user:"{user}"'


def how_to_continue(pid: int) -> str:
    """Return how to have a suspended process go on, as the end of a sentence."""
    return f": process {pid} can be resumed in the Resource Monitor"


def path_in_shell(program: str) -> str:
    """Return the path of a program, quoted: what replaces it is another text in each shell of Windows."""
    from .program_file import program_on_path  # templates need it, and no task

    return f'"{program_on_path(program, os.environ.get("PATH", "")) or program}"'
