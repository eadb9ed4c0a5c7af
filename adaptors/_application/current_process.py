"""The process of the application that was started last, and its life, which ends with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ipc._errors import ApplicationLinkLostError
from ...statemachine import ApplicationState, ApplicationTrigger
from .._messages.own_log import log
from .._outcome import ApplicationLostError
from .._session.private_state import session_state
from ..processes import _registry as registry

if TYPE_CHECKING:
    from typing import Any, Callable

    from .._deadlines import Deadlines
    from ..processes._logging_subprocess import LoggingSubprocess
    from .hooks import ApplicationHooks

END_SECONDS = 2.0
"""How long after an error the end of the application still counts as its cause."""


class CurrentProcess:
    """Follow the life of one process after the other.

    Args:
        adaptor: The adaptor.
        name: What records call the application.
        ended: Called when the process has ended, on another thread.

    Attributes:
        life: What the application may be asked; see the table in docs/lifecycle.md.
        process: The process; None before the first one.
    """

    def __init__(self, adaptor: ApplicationHooks, name: str, ended: Callable[[], object]) -> None:
        self._adaptor = adaptor
        self._ended = ended
        self.life = session_state(adaptor).application_life(name)
        self.process: LoggingSubprocess | None = None

    @property
    def state(self) -> ApplicationState:
        """The state of its life."""
        return self.life.state

    @property
    def deadlines(self) -> Deadlines:
        """The deadlines of the session."""
        runtime = session_state(self._adaptor).runtime
        return self._adaptor.deadlines if runtime is None else runtime.deadlines

    @property
    def grace(self) -> float:
        """How long a process may take to end after its stop signal, in seconds; told if it is less than wanted."""
        wanted, most = self._adaptor.stop_grace, self.deadlines.stop / 4
        if most < wanted:
            log().info("the application has less time to end than its stop_grace", seconds=most, stop_grace=wanted)
        return min(wanted, most)

    def forget(self) -> None:
        """Forget the former process: another one is started."""
        registry.unsubscribe(self)
        registry.subscribe(self)
        self.process = None

    def leave(self) -> None:
        """Follow no process any more."""
        registry.unsubscribe(self)

    def started(self) -> LoggingSubprocess:
        """Return the process.

        Raises:
            ApplicationLostError: None was started.
        """
        if self.process is None:
            raise ApplicationLostError(f"{self.life.name} was not started")
        return self.process

    def await_loss(self, error: BaseException) -> None:
        """Wait until an end of the application that may be the cause of an error is known."""
        process = self.process
        if process is not None and isinstance(error, (ApplicationLostError, ApplicationLinkLostError, ConnectionError)):
            process.wait_ended(END_SECONDS)

    def notice_end(self) -> None:
        """Wait until the end of a process that is dying, or has just ended, is known here."""
        process = self.process
        if process is not None and (not process.is_running or process.is_dying()):
            process.wait_ended(END_SECONDS)

    # What happens, on other threads.

    def process_started(self, _process: Any) -> None:
        """Do nothing; part of ``ProcessListener``."""

    def callback_failed(self, _process: Any, _error: BaseException) -> None:
        """Do nothing; part of ``ProcessListener``."""

    def process_ended(self, process: Any) -> None:
        """Record its end: a loss if nobody had asked for it."""
        mine = self.process
        if mine is None or process is not mine:
            return
        if not mine.was_dismissed and mine.asked_by is None:
            self.life.move_if_allowed(ApplicationTrigger.LOSE, cause=mine.failure)
        elif self.state is not ApplicationState.LOST:  # a fatal rule may have ended it
            self.life.move_if_allowed(ApplicationTrigger.CLOSE, cause=f"it {mine.exit_description}")
        self._ended()
