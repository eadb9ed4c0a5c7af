"""Launch the application, and wait until it can be asked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ...ipc._application.observed_error import observe
from ...ipc._own_process.plain_call import call_plainly
from .._outcome import ApplicationLostError
from ..processes._errors import ApplicationFailedError
from ..processes._logging_subprocess import LoggingSubprocess
from ..processes._python_traceback import raised_in
from . import current_process
from .patience import Patience
from .readiness import Readiness
from .restart import OnLoss
from .surroundings import Surroundings

if TYPE_CHECKING:
    from typing import Any

    from ...ipc._application.linked_application import LinkedApplication
    from .clients import Clients
    from .current_process import CurrentProcess
    from .hooks import ApplicationHooks
    from .rule_reactions import RuleReactions


class Launcher:
    """Launch one process of the application after the other.

    Args:
        adaptor: The adaptor.
        current: Becomes the process that was launched.
        reactions: Get what it prints.
        clients: Its clients.

    Attributes:
        surroundings: What it finds around it.
        readiness: Whether it can be asked.
    """

    def __init__(
        self, adaptor: ApplicationHooks, current: CurrentProcess, reactions: RuleReactions, clients: Clients
    ) -> None:
        self._adaptor = adaptor
        self._current = current
        self._reactions = reactions
        self._clients = clients
        self.surroundings = Surroundings(adaptor, clients, self._serves)
        self.readiness = Readiness()

    def forget(self) -> None:
        """Forget the former process."""
        self.readiness.clear()
        self._clients.forget()
        self.surroundings.drop()

    def launch(self) -> LoggingSubprocess:
        """Launch it as the adaptor says."""
        adaptor, handler = self._adaptor, self._reactions.handler
        is_one_stream = adaptor.merge_output or adaptor.terminal
        self._current.process = process = LoggingSubprocess(
            args=call_plainly("launch", adaptor.launch),
            startup_directory=adaptor.startup_directory,
            stdout_handler=handler,
            stderr_handler=None if is_one_stream else handler,
            encoding=adaptor.encoding,
            merge_output=is_one_stream,
            terminal=adaptor.terminal,
            environment=self.surroundings.variables(),
            follow_launcher=adaptor.follow_launcher,
            stop_signal=adaptor.stop_signal,
            stop_grace=adaptor.stop_grace,
            status_file=call_plainly("status_file", adaptor.status_file),
        )
        if self._client_name:
            process.missing = f"its client had not served yet: does {self._client_name} call serve()?"
        if self._clients.serves:  # meanwhile
            process.missing = ""
        if not process.is_running:
            self._current.process_ended(process)  # it had ended before it was known here
        if adaptor.on_loss == OnLoss.FAIL_SESSION:
            adaptor.declare_application(process)
        return process

    def wait_ready(self, process: LoggingSubprocess) -> str | None:
        """Wait until it can be asked, and return the cause; None if nothing says so.

        Raises:
            ApplicationFailedError: Its client has raised, or a rule has matched.
            ApplicationLostError: It has ended.
        """
        rules = self._reactions.ready_rules
        if not (self._client_name or rules):
            return None
        awaited: Any = self._adaptor.expect(of=process)
        what = f"a line that a ready rule matches ({', '.join(rules)})"
        if self._client_name:
            what = f"its client to serve (does {self._client_name} call serve()?)"
        try:
            return self.readiness.wait(awaited, Patience(self._adaptor, process, what))
        except (ApplicationFailedError, ApplicationLostError) as error:
            raise self._raised_by_client(process, error) from error.__cause__

    def _raised_by_client(
        self, process: LoggingSubprocess, error: ApplicationFailedError | ApplicationLostError
    ) -> ApplicationFailedError | ApplicationLostError:
        """Return what the client has raised, instead of a rule that has matched a line of it; else ``error`` itself."""
        if not process.missing:
            return error
        process.wait_ended(current_process.END_SECONDS)  # the rest of the traceback may follow
        raised = raised_in(process.last_lines)
        if raised is None:
            return error
        if self._reactions.error is not None:
            observe(self._reactions.error)  # it may have matched before anybody waited
        if isinstance(error, ApplicationLostError):
            return error  # which says what it raised
        return ApplicationFailedError(f"the client {self._client_name} raised {raised}")

    @property
    def _client_name(self) -> str:
        """The name of the file of the client; empty without a link."""
        return "" if self.surroundings.link is None else os.path.basename(self._adaptor.client or "the client")

    def _serves(self, _client: LinkedApplication) -> None:
        """Record that a client serves; called on another thread."""
        if self._current.process is not None:
            self._current.process.missing = ""
        self.readiness.say("its client serves")
