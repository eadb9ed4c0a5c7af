"""Command lines that a person can type into a console of Windows."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def shell_text(words: Sequence[str]) -> str:
    """Return a command line that a shell takes as these words."""
    return subprocess.list2cmdline(words)


def how_to_become(user: str) -> str:
    """Return the beginning of a command line that runs a command as another user."""
    return f'runas /user:"{user}"'


def how_to_continue(pid: int) -> str:
    """Return how to have a suspended process go on, as the end of a sentence."""
    return f": process {pid} can be resumed in the Resource Monitor"


def path_in_shell(program: str) -> str:
    """Return the path of a program, quoted: what replaces it is another text in each shell of Windows."""
    return f'"{shutil.which(program) or program}"'
