"""What an application finds around it: its environment variables, a temporary folder, and a link to its adaptor."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...ipc._own_process.plain_call import call_plainly
from .._session.private_state import session_state
from ..processes._start_check import checked_variables

if TYPE_CHECKING:
    from typing import Callable

    from ...ipc._application.linked_application import LinkedApplication
    from .clients import Clients
    from .hooks import ApplicationHooks
    from .link import ApplicationLink

_TEMPORARY = ("TMPDIR", "TMP", "TEMP")


class Surroundings:
    """The surroundings of the applications that an adaptor starts one after the other.

    Args:
        adaptor: The adaptor.
        clients: Its clients.
        serves: Called when one of them serves.

    Attributes:
        link: The link; None before the first launch, and without a client.
    """

    def __init__(
        self,
        adaptor: ApplicationHooks,
        clients: Clients,
        serves: Callable[[LinkedApplication], object],
    ) -> None:
        self._adaptor = adaptor
        self._clients = clients
        self._serves = serves
        self.link: ApplicationLink | None = None

    @property
    def lacks_client(self) -> bool:
        """Whether there is a link, and no client serves."""
        return self.link is not None and not self._clients.serves

    @property
    def why_client_left(self) -> str:
        """Why the last client has left."""
        return self._clients.why_left

    def drop(self) -> None:
        """Disconnect what is left of a former application: it would take calls of the next one."""
        if self.link is not None:
            self.link.drop()

    def variables(self) -> dict[str, str]:
        """Return all environment variables for a launch.

        Those that the author gives take precedence, but the client finds its package and the link in any case.

        Raises:
            TypeError: The author gives something else than variables.
            OSError: No temporary directory is writable.
        """
        given = checked_variables(call_plainly("environment", self._adaptor.environment))
        directory = session_state(self._adaptor).temporary_directory()
        variables = {**os.environ, **dict.fromkeys(_TEMPORARY, directory), **given}
        if self._adaptor.client is not None:
            variables.update(self._linked().environment(variables))
        return variables

    def _linked(self) -> ApplicationLink:
        if self.link is None:
            from .link import ApplicationLink

            self.link = ApplicationLink(self._adaptor, self._clients, self._serves)
        return self.link

    def remove(self) -> None:
        """Serve no further application, and remove the folder."""
        if self.link is not None:
            self.link.close()
        session_state(self._adaptor).remove_directory()
