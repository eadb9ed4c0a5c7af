"""The path of a connection file, which ``daemon start`` announces to a scheduler."""

from __future__ import annotations

import os

from ...ipc._commands.frontend import PATH_VARIABLE
from ...ipc._errors import ElsewhereError
from ...ipc._files import connection_file
from ...statemachine import AdaptorRuntimeError


def other_daemon(path: str) -> str | None:
    """Return the connection file of another live daemon that is already announced; None if there is none.

    Commands without ``--connection-file`` keep using it.

    Args:
        path: The connection file of the daemon to start.
    """
    announced = os.environ.get(PATH_VARIABLE)
    if not announced or os.path.normcase(os.path.abspath(announced)) == os.path.normcase(path):
        return None
    try:
        return announced if connection_file.read(announced).is_alive() else None
    except ElsewhereError:
        return announced
    except AdaptorRuntimeError:
        return None
