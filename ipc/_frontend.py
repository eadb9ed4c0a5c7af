"""The commands' side of a daemon: which request it gets, by way of its connection file.

Standard library only, and little of it: this is the path that a farm takes once per frame.
"""

from __future__ import annotations

import os

from adaptor_runtime_client._messages import ProtocolError, Run, Snapshot, Start, Status

from . import _connection_file as connection_file
from ._conversation import Conversation
from ._errors import NoDaemonError
from ._handshake import connect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adaptor_runtime_client._messages import Message, Result

    from ._render import Render

STATUS_SECONDS = 10.0

PATH_VARIABLE = "OPENJD_ADAPTOR_SOCKET"
"""The environment variable that names the connection file to the commands that are given none."""


class Frontend:
    """Talk to the daemon of one connection file.

    Args:
        path: The connection file.
        render: Shows the events.
        began: Wall clock time at which this command began, in seconds.
    """

    def __init__(self, path: str, render: Render, began: float) -> None:
        self._path = path
        self._render = render
        self._began = began

    def start(self) -> Result:
        """Have the adaptor constructed and ``on_start`` called.

        Raises:
            AdaptorRuntimeError: The daemon cannot be talked to, or died.
        """
        return self._ask(Start())

    def run(self, run_data: Any) -> Result:
        """Have ``on_run`` called with ``run_data`` and show what happens until it has ended.

        Raises:
            AdaptorRuntimeError: The daemon cannot be talked to, or died.
        """
        return self._ask(Run("task-" + os.urandom(4).hex(), run_data))

    def _ask(self, request: Message) -> Result:
        connection = connection_file.read(self._path)
        return Conversation(connect(connection), connection, self._render, self._began).hold(request)


def snapshot(path: str) -> Snapshot:
    """Ask the daemon of the connection file at ``path`` how it is.

    Raises:
        AdaptorRuntimeError: The daemon cannot be talked to.
    """
    connection = connection_file.read(os.path.abspath(path))
    channel = connect(connection)
    try:
        channel.send(Status())
        answer, _ = channel.receive(STATUS_SECONDS)
    except (OSError, ProtocolError) as error:
        raise NoDaemonError(f"the daemon (process {connection.pid}) did not say how it is: {error}") from None
    finally:
        channel.close()
    if not isinstance(answer, Snapshot):
        raise NoDaemonError(
            f"the daemon (process {connection.pid}) answered with something else: {type(answer).__name__}"
        )
    return answer
