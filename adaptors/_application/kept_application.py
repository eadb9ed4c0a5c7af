"""The application that an adaptor keeps: started, restarted, and ended, as its life allows."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...ipc._own_process.plain_call import call_plainly
from ...statemachine import ApplicationState, ApplicationTrigger
from .._expected_outputs import ExpectedOutputs
from .._messages.own_log import log
from .._messages.status import update_status
from .._outcome import ApplicationLostError, TaskCanceledError
from .._session.private_state import session_state
from .clients import Clients
from .current_process import CurrentProcess
from .ending import Ending
from .interruption import Interruption
from .launcher import Launcher
from .recycling import Recycling
from .requests import Requests
from .restart import OnLoss
from .rule_reactions import RuleReactions
from .task_items import TaskItems
from .task_progress import TaskProgress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Callable

    from ..output import RuleSet
    from ..output._output_rule import RuleMatch
    from ..processes import LoggingSubprocess
    from ..processes._errors import ApplicationFailedError
    from .hooks import ApplicationHooks
    from .link import ApplicationLink

_GONE = (ApplicationState.ABSENT, ApplicationState.LOST, ApplicationState.CLOSED)


class KeptApplication:
    """Keep an application for the tasks of a session.

    The hooks of the adaptor run on one thread, which alone may call ``start``, ``restart``, and ``close``.

    Args:
        adaptor: The adaptor.
        name: What records call the application.
        rules: What its lines mean.

    Raises:
        ValueError: The adaptor's ``on_loss`` is none.

    Attributes:
        requests: What it is asked.
        progress: How far the task is.
        on_loss: What its loss ends.
        outputs: What the task is expected to write.
    """

    def __init__(self, adaptor: ApplicationHooks, name: str, rules: RuleSet) -> None:
        self._adaptor = adaptor
        self.on_loss = OnLoss(adaptor.on_loss)
        self.progress = TaskProgress(update_status)
        self._current = CurrentProcess(adaptor, name, self._has_ended)
        self._reactions = RuleReactions(adaptor, self._current, rules, self.progress, self._says_ready)
        self._interruption = Interruption(adaptor, self._current, self._reactions)
        self._clients = Clients()
        self._launcher = Launcher(adaptor, self._current, self._reactions, self._clients)
        self._surroundings = self._launcher.surroundings
        self.requests = Requests(
            adaptor,
            self._current.life,
            self._reactions.handler,
            self.progress,
            has_ready_rule=bool(self._reactions.ready_rules),
            process=self._current.started,
            link=self._served_link,
            check=self._reactions.raise_unseen,
        )
        self._recycling = Recycling(adaptor, self._current, self.requests, self._reactions, self._surroundings)
        self._ending = Ending(self._current, self.requests, self._surroundings)
        self.outputs = ExpectedOutputs(())

    def __repr__(self) -> str:
        return f"<KeptApplication {self.name} {self.state}>"

    @property
    def name(self) -> str:
        """What records call it."""
        return self._current.life.name

    @property
    def state(self) -> ApplicationState:
        """What it may be asked now; see the table in docs/lifecycle.md."""
        return self._current.state

    @property
    def process(self) -> LoggingSubprocess | None:
        """The process that was started last."""
        return self._current.process

    @property
    def failure(self) -> RuleMatch | None:
        """The first match of a failure or fatal rule in this task."""
        return self._reactions.failure

    @property
    def rule_error(self) -> ApplicationFailedError | None:
        """The error that this match has raised, and that has ended the waits of the hook."""
        return self._reactions.error

    # Its life.

    def start(self, cause: str | None = None) -> None:
        """Launch it, wait until it is ready, and have the adaptor load it.

        Args:
            cause: Why, for a restart.
        """
        self._ending.make_way()
        self._current.life.move(ApplicationTrigger.LAUNCH, cause=cause)
        for part in (self._current, self._reactions, self.requests, self._launcher):
            part.forget()
        try:
            process = self._launcher.launch()
            self._recycling.begin_process()
            self.requests.becomes_idle(self._launcher.wait_ready(process))
            call_plainly("on_load", self._adaptor.on_load)
        except BaseException as error:
            loss = self._loss_behind(error)
            self._ending.give_up(error)
            if loss is None:
                raise
            raise loss from error

    def _loss_behind(self, error: BaseException) -> ApplicationLostError | None:
        """Return the loss that explains an error that only follows from it, such as a refused question."""
        self.await_loss(error)
        process = self.process
        if process is None or self.state is not ApplicationState.LOST or self.failure is not None:
            return None
        if isinstance(error, (ApplicationLostError, TaskCanceledError)):
            return None
        return ApplicationLostError(f"the application {process.failure}")

    def restart(self, cause: str) -> None:
        """Close it and start it again."""
        log().info("restarting the application", application=self.name, cause=cause)
        self._reactions.is_settling = True
        self.close(cause)
        self.start(cause)

    def close(self, cause: str | None = None) -> None:
        """Ask it to end, and see to it that it does."""
        self._ending.close(cause)

    def cancel(self) -> None:
        """Make a busy application end: a canceled session has no further task. Called on another thread."""
        self._ending.cancel()

    def clean_up(self) -> None:
        """End it, if it still runs, and remove what it was given."""
        self._ending.clean_up()

    def await_loss(self, error: BaseException) -> None:
        """Wait until an end of the application that may be the cause of an error is known."""
        self._current.await_loss(error)

    def notice_end(self) -> None:
        """Wait until the end of a process that is dying, or has just ended, is known here."""
        self._current.notice_end()

    # Its tasks.

    def prepare_task(self, *, again: bool = False) -> None:
        """Make it ready for a task: launch it again if it is lost, due for a restart, or busy with a failed task.

        Args:
            again: It is the same task as before, whose progress does not fall.
        """
        with self.progress.held():
            self._make_ready()
        if not again:
            self.progress.reset()
        self._recycling.begin_task()
        self.requests.begin_task()

    def end_task(self) -> None:
        """Record the end of a task: what the application prints while it is still busy belongs to that task."""
        self.requests.settle_pending()
        self._reactions.is_settling = self.state is ApplicationState.BUSY

    def _make_ready(self) -> None:
        self._recycling.notice_loss()
        self._interruption.raise_for_session()
        is_ready = self.state is ApplicationState.READY
        reason = self._recycling.reason() if is_ready else None
        if not is_ready or reason is not None:
            with self._loading():
                reason = self._replace(reason)
        if reason is None:
            self._reactions.begin_task()
        self._reactions.is_settling = False

    def _replace(self, reason: str | None) -> str | None:
        """Start another application, unless this one answers now; return why, or None."""
        if self.state in _GONE:
            reason = f"it was {self.state}, and a task begins"
            self.start(reason)
            return reason
        if self.state is ApplicationState.BUSY:
            reason = self._recycling.reason()
        if reason is not None:
            self.restart(reason)
        return reason

    @contextmanager
    def _loading(self) -> Iterator[None]:
        """Meanwhile the deadline of a start counts, and not that of the task."""
        runtime = session_state(self._adaptor).runtime
        if runtime is not None:
            runtime.load_began()
        try:
            yield
        finally:
            if runtime is not None:
                runtime.load_ended()

    def each(
        self, items: Iterable[Any], status: str, skip_existing: Callable[[Any], Any] | None = None
    ) -> Iterator[Any]:
        """Yield the items of a task, each as a part of its progress."""
        loop = TaskItems(self.progress, self._interruption.raise_for_hook, self.outputs.accept)
        return loop.each(items, status, skip_existing)

    # What happens, on other threads.

    def _says_ready(self, cause: str) -> None:
        if self.state is ApplicationState.BUSY and self.requests.pending is None:
            self.requests.becomes_idle(cause)
        elif self._surroundings.link is None:
            self._launcher.readiness.say(cause)

    def _has_ended(self) -> None:
        self.requests.is_idle.set()

    def _served_link(self) -> ApplicationLink:
        """Return the link to a client that serves."""
        link = self._surroundings.link
        if link is None or not self._clients.serves:
            raise ApplicationLostError(f"the client of {self.name} has left: {self._clients.why_left}")
        return link
