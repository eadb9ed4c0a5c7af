"""The path of a connection file, which ``daemon start`` announces to a scheduler."""

from __future__ import annotations

import os
import re

from ...ipc import _connection_file as connection_file
from ...ipc._errors import BadInputError, ElsewhereError
from ...ipc._frontend import PATH_VARIABLE
from ...statemachine import AdaptorRuntimeError

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


def other_daemon(path: str) -> str | None:
    """Return the connection file of another daemon that is announced already and lives; None where there is none.

    It stays the one that commands without ``--connection-file`` are for.

    Args:
        path: The connection file of the daemon to be started.
    """
    announced = os.environ.get(PATH_VARIABLE)
    if not announced or os.path.abspath(announced) == path:
        return None
    try:
        return announced if connection_file.read(announced).is_alive() else None
    except ElsewhereError:
        return announced
    except AdaptorRuntimeError:
        return None
