"""The clients of an application: which one performs what it is asked."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...ipc._application.applications import LOSS_SECONDS

if TYPE_CHECKING:
    from ...ipc._application.linked_application import LinkedApplication

PATIENCE = LOSS_SECONDS + 1.0
"""How long a client waits for the former one to leave: how that ended may be found out meanwhile, in seconds."""


class Clients:
    """Let one client at a time serve; it may be replaced by another one once it has left. Any thread may use it.

    All children of an application inherit the address of its adaptor. One of them that serves, too, would take a part
    of the calls.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._serving: LinkedApplication | None = None
        self.why_left = ""
        """Why the last one has left."""

    @property
    def serves(self) -> bool:
        """Whether one serves."""
        return self._serving is not None

    def admit(self, client: LinkedApplication) -> str | None:
        """Let a client serve that asks for its first action, and return None; or return why it may not."""
        with self._changed:
            if self._changed.wait_for(lambda: self._serving is None, PATIENCE):
                self._serving = client
                return None
            former = self._serving
        return (
            f"{_shown(client)} may not serve the actions of the application, because {_shown(former)} does: "
            "of all its processes, one calls serve()"
        )

    def leave(self, client: LinkedApplication, reason: str) -> None:
        """Record that a client has left."""
        with self._changed:
            if self._serving == client:
                self._serving, self.why_left = None, reason
                self._changed.notify_all()

    def forget(self) -> None:
        """Let the client of another application serve: it is launched next."""
        with self._changed:
            self._serving = None
            self._changed.notify_all()


def _shown(client: LinkedApplication | None) -> str:
    return "another process" if client is None or client.process is None else f"process {client.process}"
