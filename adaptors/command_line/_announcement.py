"""The path of a connection file, as ``daemon start`` announces it to a scheduler."""

from __future__ import annotations

import re

from ...ipc._errors import BadInputError

_NO_PART_OF_A_LINE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, other ends of a line, and bytes of a file's name that are no UTF-8."""


def announceable(path: str) -> str:
    """Return ``path``, which can stand in a line of text.

    Raises:
        BadInputError: It cannot: the commands that follow would look for another file.
    """
    if _NO_PART_OF_A_LINE.search(path) is None:
        return path
    raise BadInputError(
        f"--connection-file: {path!r} cannot be announced; choose a path without control characters, in UTF-8"
    )
