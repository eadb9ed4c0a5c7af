"""The link to the applications of one adaptor: the server, its thread, and what an application needs to reach it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from adaptor_runtime_client import Action

from ... import ipc
from ...ipc._application.actions_queue import ActionsQueue
from ...ipc._application.server import AdaptorServer
from ...ipc._own_process.runtime_thread import RuntimeThread

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any, Callable

    from ...ipc._application.actions_queue import OnProgress
    from ...ipc._application.awaited_future import AwaitedFuture
    from ...ipc._application.linked_application import LinkedApplication
    from .clients import Clients

CLIENT_FOLDER = os.path.join(os.path.dirname(os.path.abspath(ipc.__file__)), "client")
"""What an application needs on its ``PYTHONPATH``: one folder with nothing but the client."""

PYTHON_PATH = "PYTHONPATH"


class ApplicationLink:
    """Serve one application after the other.

    Args:
        adaptor: Maps paths, and learns of the actions.
        clients: Decide which client serves.
        on_serving: Called when one does.
    """

    def __init__(
        self,
        adaptor: Any,
        clients: Clients,
        on_serving: Callable[[LinkedApplication], object],
    ) -> None:
        self._queue = ActionsQueue()
        self._server = AdaptorServer(
            self._queue, adaptor, admit=clients.admit, on_serving=on_serving, on_left=clients.leave
        )
        RuntimeThread(target=self._server.serve_forever, name="application link").start()

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the variables by which the client in an application finds its package and this link."""
        former = variables.get(PYTHON_PATH)
        path = os.pathsep.join([CLIENT_FOLDER, *([former] if former else [])])
        return {**self._server.environment, PYTHON_PATH: path}

    def send(self, name: str, data: dict[str, Any], on_progress: OnProgress | None = None) -> AwaitedFuture:
        """Have the application perform an action; return the future of its result."""
        return self._queue.enqueue_action(Action(name, data), on_progress=on_progress)

    def drop(self) -> None:
        """Disconnect whoever is connected."""
        self._server.disconnect()

    def close(self) -> None:
        """Serve no further application."""
        self._server.shutdown()
