"""The application that an adaptor keeps: started, restarted, and ended, as its life allows."""

from __future__ import annotations

import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...ipc._application.observed_error import is_observed, note_logged, observe
from ...ipc._errors import ApplicationLinkLostError
from ...ipc._own_process.plain_call import call_plainly
from ...statemachine import ApplicationState, ApplicationTrigger
from .._expected_outputs import ExpectedOutputs
from .._messages.own_log import log
from .._messages.status import update_status
from .._outcome import ApplicationLostError, TaskCanceledError, describe_error
from .._rule_effects import RuleEffects
from .._session.private_state import session_state
from ..output._output_rule import RuleKind
from ..processes import _registry as registry
from ..processes._errors import ApplicationFailedError
from ..processes._logging_subprocess import LoggingSubprocess
from ..processes._python_traceback import raised_in
from .clients import Clients
from .patience import Patience
from .readiness import Readiness
from .requests import CLOSE, FLUSH_SECONDS, Requests
from .restart import OnLoss
from .surroundings import Surroundings
from .task_progress import Items, TaskProgress

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any, Callable

    from ...ipc._application.linked_application import LinkedApplication
    from .._deadlines import Deadlines
    from ..output import RuleSet
    from ..output._output_rule import RuleMatch
    from ..output._regex_handler import RegexHandler
    from .hooks import ApplicationHooks
    from .link import ApplicationLink

BUSY_SECONDS = 10.0
"""How long the next task waits for an application that is still busy with a failed one, before it restarts it.

A quarter of the deadline ``start`` counts if shorter."""

CLOSE_SECONDS = 30.0
"""How long an application may take to end by itself when it is closed; a quarter of the deadline counts if shorter."""

CANCEL_SECONDS = 2.0
"""How long a handler may take to end by itself after a cancel; a sixth of the deadline counts if shorter."""

PROMPT_SECONDS = 0.5
"""How long the next task waits for the prompt of an application that has never shown one."""

END_SECONDS = 2.0
"""How long after an error the end of the application still counts as its cause."""

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
        on_loss: What its loss ends.
        outputs: What the task is expected to write.
    """

    def __init__(self, adaptor: ApplicationHooks, name: str, rules: RuleSet) -> None:
        self._adaptor = adaptor
        self.on_loss = OnLoss(adaptor.on_loss)
        self._life = session_state(adaptor).application_life(name)
        self._progress = TaskProgress(update_status)
        self._effects = RuleEffects(
            {
                RuleKind.FAILURE: self._fail,
                RuleKind.FATAL: self._fail_and_end,
                RuleKind.READY: self._rule_says_ready,
            },
            self._progress.report,
        )
        self._handler: RegexHandler = rules.handler(self._effects)
        self._ready_rules = [rule.name for rule in rules.rules if rule.kind is RuleKind.READY]
        self._has_ready_rule = bool(self._ready_rules)
        self._clients = Clients()
        self._surroundings = Surroundings(adaptor, self._clients, self._serves)
        self.requests = Requests(
            adaptor,
            self._life,
            self._handler,
            self._progress,
            has_ready_rule=self._has_ready_rule,
            process=self._started,
            link=self._served_link,
            check=self._raise_unseen,
        )
        self.outputs = ExpectedOutputs(())
        self._process: LoggingSubprocess | None = None
        self._readiness = Readiness()
        self._has_prompt = False  # its ready rule matches again after each answer
        self._is_settling = False
        self._rule_error: ApplicationFailedError | None = None
        self._tasks = 0
        self._launched = 0.0

    def __repr__(self) -> str:
        return f"<KeptApplication {self.name} {self.state}>"

    @property
    def name(self) -> str:
        """What records call it."""
        return self._life.name

    @property
    def state(self) -> ApplicationState:
        """What it may be asked now; see the table in docs/lifecycle.md."""
        return self._life.state

    @property
    def process(self) -> LoggingSubprocess | None:
        """The process that was started last."""
        return self._process

    def report(self, percent: float, status: str | None = None) -> None:
        """Report how far the current part of the task is, in percent."""
        self._progress.report(percent, status)

    def complete_progress(self) -> None:
        """Report the end of a task that has succeeded, if anything was reported of its progress."""
        self._progress.complete()

    def each(
        self, items: Iterable[Any], status: str, skip_existing: Callable[[Any], Any] | None = None
    ) -> Iterator[Any]:
        """Yield the items of a task, each as a part of its progress."""
        listed = Items(items)
        for number, item in enumerate(listed):
            self._raise_if_ended()
            self._progress.begin_part(number, listed)
            if skip_existing is not None and self.outputs.accept(path := skip_existing(item)):
                log().info("skipped, because its output exists", item=str(item), output=str(path))
                continue
            self._progress.report(0, status.format(item=item, number=number + 1, count=len(listed)))
            yield item
        if listed:
            self._progress.begin_part(len(listed), listed)
            self._progress.report(0)

    def start(self, cause: str | None = None) -> None:
        """Launch it, wait until it is ready, and have the adaptor load it.

        Args:
            cause: Why, for a restart.
        """
        if self._process is not None and self._process.is_running:
            self._process.terminate(self._grace())  # a fatal rule is ending it: there is one process at a time
        self._life.move(ApplicationTrigger.LAUNCH, cause=cause)
        self._forget_former()
        try:
            process = self._launch(call_plainly("launch", self._adaptor.launch))
            self._wait_ready(process)
            call_plainly("on_load", self._adaptor.on_load)
        except BaseException as error:
            loss = self._loss_behind(error)
            self._give_up(error)
            if loss is None:
                raise
            raise loss from error

    def _loss_behind(self, error: BaseException) -> ApplicationLostError | None:
        """Return the loss that explains an error that only follows from it, such as a refused question."""
        self.await_loss(error)
        process = self._process
        if process is None or self.state is not ApplicationState.LOST or self.failure is not None:
            return None
        if isinstance(error, (ApplicationLostError, TaskCanceledError)):
            return None
        return ApplicationLostError(f"the application {process.failure}")

    def _forget_former(self) -> None:
        registry.unsubscribe(self)
        registry.subscribe(self)
        self._readiness.clear()
        self._effects.reset()
        self._process = self._rule_error = None
        self._is_settling = self._has_prompt = False
        self.requests.forget()
        self._clients.forget()
        if self._surroundings.link is not None:
            self._surroundings.link.drop()  # what is left of the former one would take calls of this one

    def _give_up(self, error: BaseException) -> None:
        """End an application that could not be loaded: the next task finds none, and starts one."""
        process = self._process
        if process is None:
            self._life.move_if_allowed(ApplicationTrigger.LOSE, cause=describe_error(error))
        elif not isinstance(error, TaskCanceledError):  # a cancel, and what follows it, ends it with its own words
            self._life.move_if_allowed(ApplicationTrigger.CLOSE, cause=describe_error(error))
            process.dismiss()
            process.terminate(self._grace())

    def prepare_task(self, *, again: bool = False) -> None:
        """Make it ready for a task: launch it again if it is lost, due for a restart, or busy with a failed task.

        Args:
            again: It is the same task as before, whose progress does not fall.
        """
        with self._progress.held():
            self._make_ready()
        if not again:
            self._progress.reset()
        self._tasks += 1
        self.requests.begin_task()

    def end_task(self) -> None:
        """Record the end of a task: what the application prints while it is still busy belongs to that task."""
        self.requests.settle_pending()
        self._is_settling = self.state is ApplicationState.BUSY

    def _make_ready(self) -> None:
        self._notice_loss()
        self._raise_if_over()
        is_ready = self.state is ApplicationState.READY
        reason = self._restart_reason() if is_ready else None
        if not is_ready or reason is not None:
            with self._loading():
                reason = self._replace(reason)
        if reason is None:
            self._effects.reset()
            self._rule_error = None
        self._is_settling = False

    def _replace(self, reason: str | None) -> str | None:
        """Start another application, unless this one answers now; return why, or None."""
        if self.state in _GONE:
            reason = f"it was {self.state}, and a task begins"
            self.start(reason)
            return reason
        if self.state is ApplicationState.BUSY:
            reason = self._restart_reason() if self._answers_now() else "it is still busy with a task that failed"
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

    def restart(self, cause: str) -> None:
        """Close it and start it again."""
        log().info("restarting the application", application=self._life.name, cause=cause)
        self._is_settling = True
        self.close(cause)
        self.start(cause)

    @property
    def failure(self) -> RuleMatch | None:
        """The first match of a failure or fatal rule in this task."""
        return self._effects.failure

    @property
    def rule_error(self) -> ApplicationFailedError | None:
        """The error that this match has raised, and that has ended the waits of the hook."""
        return self._rule_error

    def close(self, cause: str | None = None) -> None:
        """Ask it to end, and see to it that it does."""
        self.requests.settle_pending(FLUSH_SECONDS)
        is_asked = self.state is ApplicationState.READY
        self._life.move_if_allowed(ApplicationTrigger.CLOSE, cause=cause)
        process = self._process
        if process is None or not process.is_running:
            return
        process.dismiss()
        if not (is_asked and self._ends_itself(process)):
            process.terminate(self._grace())

    def _ends_itself(self, process: LoggingSubprocess) -> bool:
        """Ask the client to end, and close the input; return whether it has ended."""
        link = self._surroundings.link
        if link is not None and not self._clients.serves:
            return False
        closing = None if link is None else link.send(CLOSE, {})
        has_ended = process.wait(min(CLOSE_SECONDS, self._deadlines.stop / 4)) is not None
        if closing is not None:
            closing.cancel()  # otherwise the next application would get it
            error = closing.failure()
            if error is not None:
                observe(error)
        return has_ended

    def cancel(self) -> None:
        """Make a busy application end: a canceled session has no further task. Called on another thread.

        A handler that looks at ``canceled()`` may end by itself.
        """
        process, pending = self._process, self.requests.pending
        if process is None:
            return
        if pending is not None and pending.wait_until_given_back(min(CANCEL_SECONDS, self._deadlines.cancel / 6)):
            return
        if self.state in (ApplicationState.BUSY, ApplicationState.LOADING):
            self._life.move_if_allowed(ApplicationTrigger.CLOSE, cause="a cancel")
            process.terminate()

    def clean_up(self) -> None:
        """End it, if it still runs, and remove what it was given."""
        process = self._process
        if process is not None and process.is_running:
            self._life.move_if_allowed(ApplicationTrigger.CLOSE)
            process.terminate(self._grace())
        registry.unsubscribe(self)
        self._surroundings.remove()

    def await_loss(self, error: BaseException) -> None:
        """Wait until an end of the application that may be the cause of an error is known."""
        process = self._process
        if process is not None and isinstance(error, (ApplicationLostError, ApplicationLinkLostError, ConnectionError)):
            process.wait_ended(END_SECONDS)

    # What happens, on other threads.

    def process_started(self, _process: Any) -> None:
        """Do nothing; part of ``ProcessListener``."""

    def callback_failed(self, _process: Any, _error: BaseException) -> None:
        """Do nothing; part of ``ProcessListener``."""

    def process_ended(self, process: Any) -> None:
        """Record its end: a loss if nobody had asked for it."""
        mine = self._process
        if mine is None or process is not mine:
            return
        if not mine.was_dismissed and mine.asked_by is None:
            self._life.move_if_allowed(ApplicationTrigger.LOSE, cause=mine.failure)
        elif self.state is not ApplicationState.LOST:  # a fatal rule may have ended it
            self._life.move_if_allowed(ApplicationTrigger.CLOSE, cause=f"it {mine.exit_description}")
        self.requests.is_idle.set()

    def _serves(self, _client: LinkedApplication) -> None:
        if self._process is not None:
            self._process.missing = ""
        self._readiness.say("its client serves")

    def _rule_says_ready(self, match: RuleMatch) -> None:
        cause = f"rule {match.rule.name}"
        self._has_prompt = self._has_prompt or self.state is not ApplicationState.LOADING
        if self.state is ApplicationState.BUSY and self.requests.pending is None:
            self.requests.becomes_idle(cause)
        elif self._surroundings.link is None:
            self._readiness.say(cause)

    def _fail(self, match: RuleMatch) -> None:
        if self._is_settling:
            return  # of the task before, which has ended
        error = ApplicationFailedError(match.reason)
        note_logged(error)  # by the line itself
        if match is self._effects.failure:
            self._rule_error = error
        raise error

    def _fail_and_end(self, match: RuleMatch) -> None:
        if self.state is ApplicationState.CLOSED:
            return  # it ends anyway
        self._is_settling = False
        self._life.move_if_allowed(ApplicationTrigger.LOSE, cause=match.reason)  # at once: it must not get a task
        process = self._process
        runtime = session_state(self._adaptor).runtime
        if self.on_loss is OnLoss.FAIL_SESSION and runtime is not None:
            runtime.application_lost(match.reason)  # first: the end that follows is not the cause
        if process is not None:
            process.end_on_behalf(self._adaptor.stop_grace, f"the rule {match.rule.name}")
        self._fail(match)

    # How it is done.

    def _launch(self, args: Any) -> LoggingSubprocess:
        adaptor = self._adaptor
        self._process = process = LoggingSubprocess(
            args=args,
            startup_directory=adaptor.startup_directory,
            stdout_handler=self._handler,
            stderr_handler=None if adaptor.merge_output else self._handler,
            encoding=adaptor.encoding,
            merge_output=adaptor.merge_output,
            environment=self._surroundings.variables(),
            follow_launcher=adaptor.follow_launcher,
            stop_signal=adaptor.stop_signal,
            stop_grace=adaptor.stop_grace,
            status_file=call_plainly("status_file", adaptor.status_file),
        )
        if self._client_name:
            process.missing = f"its client had not served yet: does {self._client_name} call serve()?"
        if self._clients.serves:  # meanwhile
            process.missing = ""
        self._launched, self._tasks = time.monotonic(), 0
        if not process.is_running:
            self.process_ended(process)  # it had ended before it was known here
        if self.on_loss is OnLoss.FAIL_SESSION:
            adaptor.declare_application(process)
        return process

    def _wait_ready(self, process: LoggingSubprocess) -> None:
        cause = None
        if self._client_name or self._has_ready_rule:
            awaited: Any = self._adaptor.expect(of=process)
            rules = f"a line that a ready rule matches ({', '.join(self._ready_rules)})"
            what = f"its client to serve (does {self._client_name} call serve()?)" if self._client_name else rules
            try:
                cause = self._readiness.wait(awaited, Patience(self._adaptor, process, what))
            except ApplicationFailedError as error:
                raise self._raised_by_client(process, error) from error.__cause__
        self.requests.becomes_idle(cause)

    def _raised_by_client(self, process: LoggingSubprocess, error: ApplicationFailedError) -> ApplicationFailedError:
        """Return what the client has raised, instead of a rule that has matched a line of it; else ``error`` itself."""
        if not process.missing:
            return error
        process.wait_ended(END_SECONDS)  # the rest of the traceback may follow
        raised = raised_in(process.last_lines)
        return error if raised is None else ApplicationFailedError(f"the client {self._client_name} raised {raised}")

    @property
    def _client_name(self) -> str:
        """The name of the file of the client; empty without a link."""
        return "" if self._surroundings.link is None else os.path.basename(self._adaptor.client or "the client")

    def _answers_now(self) -> bool:
        """Wait until it has answered what a failed task asked."""
        if self.requests.pending is None and self.requests.has_refused and not self._has_prompt:
            self.requests.is_idle.wait(PROMPT_SECONDS)
            if not self._has_prompt and self._started().is_running:
                self.requests.forget_questions()
                self.requests.becomes_idle("it has answered with a failure")
        elif self.requests.pending is None:
            self.requests.is_idle.wait(self._busy_seconds())
        else:
            self.requests.settle_pending(self._busy_seconds())
        self._notice_loss()
        return self.state is ApplicationState.READY

    def _busy_seconds(self) -> float:
        start = self._deadlines.start
        return BUSY_SECONDS if start is None else min(BUSY_SECONDS, start / 4)  # the rest is for another one to load

    def _notice_loss(self) -> None:
        """Wait for the end of a process that is dying, or whose client has left: its state follows in a moment."""
        process = self._process
        if process is None:
            return
        if self._surroundings.link is not None and not self._clients.serves:
            process.wait_ended(END_SECONDS)
        self.notice_end()

    def notice_end(self) -> None:
        """Wait until the end of a process that is dying, or has just ended, is known here."""
        process = self._process
        if process is not None and (not process.is_running or process.is_dying()):
            process.wait_ended(END_SECONDS)

    def _restart_reason(self) -> str | None:
        process = self._started()
        if self._surroundings.link is not None and not self._clients.serves:
            return f"its client has left: {self._clients.why_left}"
        seconds = time.monotonic() - self._launched
        return self._adaptor.restart.reason(tasks=self._tasks, seconds=seconds, memory=lambda: _memory_of(process))

    def _raise_if_ended(self) -> None:
        """Raise what has ended the hook, such as a cancel, or a rule that has matched."""
        self._raise_if_over()
        if self._rule_error is not None and self.failure is not None:
            raise self._rule_error

    def _raise_if_over(self) -> None:
        """Raise what has ended the session."""
        error = session_state(self._adaptor).expectations.failure
        process = self._process
        if error is not None:
            observe(error)
            raise error
        is_failing = self.state is ApplicationState.LOST and self.on_loss is OnLoss.FAIL_SESSION
        if is_failing and process is not None:
            match = self.failure
            by_rule = match is not None and match.rule.kind is RuleKind.FATAL
            raise ApplicationLostError(match.reason if match and by_rule else f"the application {process.failure}")

    def _served_link(self) -> ApplicationLink:
        link = self._surroundings.link
        if link is None or not self._clients.serves:
            raise ApplicationLostError(f"the client of {self._life.name} has left: {self._clients.why_left}")
        return link

    def _raise_unseen(self) -> None:
        """Raise what would end a wait, before anything is written: it is no answer to that."""
        error = self._rule_error
        if error is not None and not is_observed(error):
            observe(error)
            raise error

    @property
    def _deadlines(self) -> Deadlines:
        runtime = session_state(self._adaptor).runtime
        return self._adaptor.deadlines if runtime is None else runtime.deadlines

    def _grace(self) -> float:
        wanted, most = self._adaptor.stop_grace, self._deadlines.stop / 4
        if most < wanted:
            log().info("the application has less time to end than its stop_grace", seconds=most, stop_grace=wanted)
        return min(wanted, most)

    def _started(self) -> LoggingSubprocess:
        if self._process is None:
            raise ApplicationLostError(f"{self._life.name} was not started")
        return self._process


def _memory_of(process: LoggingSubprocess) -> int:
    from ...ipc._processes import usage

    return usage.total(usage.of(process.processes(), is_shown=False)).resident_bytes
