"""What a Python program has raised, according to its output."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FRAME = re.compile(r'^ +File ".*", line \d+')
_RAISED = re.compile(r"^[A-Za-z_][\w.]*(: |$)")


def raised_in(lines: Iterable[str]) -> str | None:
    """Return the line with the exception of the last traceback; None without one.

    >>> raised_in(['  File "client.py", line 1, in <module>', "    import bpi", "ImportError: no bpi", "Blender quit"])
    'ImportError: no bpi'
    """
    found, is_traceback = None, False
    for line in lines:
        if _FRAME.match(line):
            is_traceback = True
        elif is_traceback and _RAISED.match(line):
            found, is_traceback = line.strip(), False
    return found
