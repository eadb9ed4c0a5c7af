"""The connection file of a command that talks to a daemon."""

from __future__ import annotations

import os


def path_of(connection_file: str | None) -> str:
    """Return the path of the connection file from the command line or the environment.

    Raises:
        BadInputError: Neither names one.
    """
    from ...ipc._commands.frontend import PATH_VARIABLE
    from ...ipc._errors import BadInputError

    path = connection_file or os.environ.get(PATH_VARIABLE)
    if not path:
        raise BadInputError(
            f"no daemon was given: use --connection-file, or set {PATH_VARIABLE} as daemon start announces it"
        )
    return os.path.abspath(path)
