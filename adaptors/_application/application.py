"""The application of an ``ApplicationAdaptor``: started, asked, restarted, and ended, as its life allows."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING

from ...ipc._application.observed_error import observe
from ...ipc._errors import ActionFailedError
from ...ipc._own_process.plain_call import call_plainly
from ...statemachine import ApplicationState, ApplicationTrigger
from .._messages.own_log import log
from .._messages.status import update_status
from .._outcome import ApplicationLostError, describe_error
from .._rule_effects import RuleEffects
from .._session.private_state import session_state
from ..output._output_rule import RuleKind
from ..output._regex_callback import RegexCallback
from ..output._regex_handler import RegexHandler
from ..processes import _registry as registry
from ..processes._errors import ApplicationFailedError
from ..processes._logging_subprocess import LoggingSubprocess
from .restart import OnLoss
from .task_progress import TaskProgress
from .temporary_folder import TemporaryFolder

if TYPE_CHECKING:
    import re
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ...ipc._application.awaited_future import AwaitedFuture
    from ...ipc._application.linked_application import LinkedApplication
    from ..output import RuleSet
    from ..output._output_rule import RuleMatch
    from .hooks import ApplicationHooks
    from .link import ApplicationLink

BUSY_SECONDS = 10.0
"""How long the next task waits for an application that is still busy with a failed one, before it restarts it."""

CLOSE_SECONDS = 30.0
"""How long an application may take to end by itself when it is closed."""

FLUSH_SECONDS = 1.0
"""How long a question waits until the output that was printed before it has been matched."""

PROMPT_SECONDS = 0.5
"""How long the next task waits for the prompt of an application that has never shown one."""

RULE_GRACE = 5.0
"""Seconds between asking and killing where a ``fatal`` rule ends it: to give a license back."""

_CLOSE = "close"


class Application:
    """The application of an adaptor. An ``ApplicationAdaptor`` has one as ``self.application``.

    Its hooks run on one thread, which alone may call ``start``, ``call``, ``ask``, and ``close``.
    """

    def __init__(self, adaptor: ApplicationHooks, name: str, rules: RuleSet) -> None:
        self._adaptor = adaptor
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
        self._has_ready_rule = any(rule.kind is RuleKind.READY for rule in rules.rules)
        self._has_prompt = False  # the ready rule matches again after each answer
        self._prompted = threading.Event()
        self._refused = False  # a failure rule has ended the last question
        self._process: LoggingSubprocess | None = None
        self._link: ApplicationLink | None = None
        self._folder: TemporaryFolder | None = None
        self._lock = threading.Lock()
        self._is_ready = threading.Event()
        self._awaited_ready: AwaitedFuture | None = None
        self._pending: AwaitedFuture | None = None
        self._rule_error: ApplicationFailedError | None = None
        self._tasks = 0
        self._launched = 0.0
        registry.subscribe(self)

    def __repr__(self) -> str:
        return f"<Application {self._life.name} {self.state}>"

    # What an author uses.

    @property
    def state(self) -> ApplicationState:
        """What it may be asked now; see the table in docs/lifecycle.md."""
        return self._life.state

    @property
    def process(self) -> LoggingSubprocess | None:
        """The process that was started last."""
        return self._process

    def call(self, action: str, /, **data: Any) -> Any:
        """Have the application call the handler that its client serves under this name, and return the result.

        Output that the handler printed is shown before. What it reports as progress counts for the current part of the
        task. After a cancel, ``canceled()`` is true in the handler.

        Args:
            action: The name of the handler.
            data: Its keyword arguments: JSON, or a value with a text of its own, such as a path.

        Raises:
            IllegalCallError: The application is not ready; the message says what it may be asked instead.
            ActionFailedError: The handler raised. The message has its error and place; its traceback is in the log.
            ApplicationFailedError: A ``failure`` or ``fatal`` rule has matched.
            ApplicationLostError: The application has ended.
            TaskCanceledError: The session was canceled.
            TypeError, ValueError: JSON cannot express the data.
        """
        if self._link is None:
            raise RuntimeError(
                f"{self._life.name} has no client to call: put {self._adaptor.client_file or 'a client'} beside the "
                "adaptor's module, or ask() it in lines"
            )
        self._life.move(ApplicationTrigger.ASK, cause=f"call {action}")
        try:
            future = self._link.send(action, data, self._progress.report)
        except BaseException:
            self._life.move_if_allowed(ApplicationTrigger.READY, cause="nothing was sent")
            raise
        return self._result(future)

    def ask(self, line: str, pattern: str | re.Pattern[str], *, timeout: float | None = None) -> re.Match[str]:
        r"""Write a line to the application's input, and return the first match of ``pattern`` in its output after that.

        Args:
            line: A command, without its line end.
            pattern: What the application prints when it has done it; a regular expression that is tried on each line,
                also on an unfinished one, such as a prompt, after a short silence.
            timeout: Seconds; None for no limit but the deadline of the hook.

        Raises:
            IllegalCallError: The application is not ready.
            ApplicationFailedError: A rule has matched, or the application no longer reads.
            ApplicationLostError: The application has ended.
            TaskCanceledError: The session was canceled.
            TimeoutError: No match in time (``concurrent.futures.TimeoutError``).
        """
        self._life.move(ApplicationTrigger.ASK, cause=f"ask {line}")
        process = self._started()
        process.flush_output(FLUSH_SECONDS)  # what it printed before is no answer
        self._refused = False
        self._prompted.clear()
        answered = self._adaptor.expect(of=process)
        callback = RegexCallback([pattern], lambda match: None if answered.done() else answered.set_result(match))
        self._handler.regex_callbacks.append(callback)  # after the rules: a failure comes first
        try:
            process.write_line(line)
            match: re.Match[str] = answered.result(timeout)
        except BaseException as error:
            self._refused = isinstance(error, ApplicationFailedError) and process.is_running
            if self._refused and not self._has_ready_rule:
                self._life.move_if_allowed(ApplicationTrigger.READY, cause=describe_error(error))
            raise
        finally:
            self._handler.regex_callbacks.remove(callback)
        self._life.move_if_allowed(ApplicationTrigger.READY)
        return match

    def progress(self, percent: float, status: str | None = None) -> None:
        """Report how far the current part of the task is, in percent."""
        self._progress.report(percent, status)

    # What the adaptor class uses.

    def each(self, items: Iterable[Any], status: str) -> Iterator[Any]:
        """Yield the items of a task, each as a part of its progress."""
        listed = list(items)
        for number, item in enumerate(listed):
            self._raise_if_ended()
            self._progress.begin_part(number, len(listed))
            self._progress.report(0, status.format(item=item, number=number + 1, count=len(listed)))
            yield item
        if listed:
            self._progress.begin_part(len(listed), len(listed))
            self._progress.report(0)

    def start(self, cause: str | None = None) -> None:
        """Launch it, wait until it is ready, and have the adaptor load it.

        Args:
            cause: Why, for a restart.
        """
        self._is_ready.clear()
        self._has_prompt = self._refused = False
        self._effects.reset()
        self._life.move(ApplicationTrigger.LAUNCH, cause=cause)
        try:
            args = call_plainly("launch", self._adaptor.launch)
            self._process = process = self._launch(args)
            if not process.is_running:
                self.process_ended(process)  # it had ended before it was known here
        except BaseException as error:
            self._life.move_if_allowed(ApplicationTrigger.LOSE, cause=describe_error(error))
            raise
        self._launched, self._tasks, self._pending = time.monotonic(), 0, None
        if self._adaptor.on_loss is OnLoss.FAIL_SESSION:
            self._adaptor.declare_application(process)
        self._wait_ready(process)
        call_plainly("on_load", self._adaptor.on_load)

    def prepare_task(self) -> None:
        """Make it ready for a task: launch it again if it is lost, due for a restart, or busy with a failed task."""
        self._effects.reset()
        self._progress.reset()
        state = self.state
        if state in (ApplicationState.LOST, ApplicationState.CLOSED):
            self.start(f"it was {state}, and a task begins")
        elif state is ApplicationState.BUSY and not self._becomes_ready():
            self.restart("it is still busy with a task that failed")
        elif (reason := self._restart_reason()) is not None:
            self.restart(reason)
        self._tasks += 1

    def restart(self, cause: str) -> None:
        """Close it and start it again."""
        log().info("restarting the application", application=self._life.name, cause=cause)
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
        process = self._process
        was_busy = self.state is ApplicationState.BUSY
        self._life.move_if_allowed(ApplicationTrigger.CLOSE, cause=cause)
        if process is None or not process.is_running:
            return
        process.dismiss()
        if not was_busy:
            if self._link is not None:
                self._link.send(_CLOSE, {})
            if process.wait(min(CLOSE_SECONDS, (self._adaptor.deadlines.stop or CLOSE_SECONDS) / 3)) is not None:
                return
        process.terminate(self._adaptor.stop_grace)

    def cancel(self) -> None:
        """Make a busy application end: a canceled session has no further task. Called on another thread."""
        process = self._process
        if process is not None and self.state in (ApplicationState.BUSY, ApplicationState.LOADING):
            self._life.move_if_allowed(ApplicationTrigger.CLOSE, cause="a cancel")
            process.terminate(self._adaptor.stop_grace)

    def clean_up(self) -> None:
        """End it, if it still runs, and remove what it was given."""
        process = self._process
        if process is not None and process.is_running:
            self._life.move_if_allowed(ApplicationTrigger.CLOSE)
            process.terminate(self._adaptor.stop_grace)
        registry.unsubscribe(self)
        if self._link is not None:
            self._link.close()
        if self._folder is not None:
            self._folder.remove()

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
        if mine.was_dismissed or mine.asked_by is not None:
            self._life.move_if_allowed(ApplicationTrigger.CLOSE, cause=f"it {mine.exit_description}")
        else:
            self._life.move_if_allowed(ApplicationTrigger.LOSE, cause=mine.failure)

    def _serves(self, linked: LinkedApplication) -> None:
        process = self._process
        if process is not None and linked.session not in (None, process.pid):
            log().warning("a stranger serves the adaptor", process=linked.process)
        self._says_ready("its client serves")

    def _rule_says_ready(self, match: RuleMatch) -> None:
        if self._is_ready.is_set():
            self._has_prompt = True
        if self.state is ApplicationState.BUSY and self._pending is None:
            self._life.move_if_allowed(ApplicationTrigger.READY, cause=f"rule {match.rule.name}")
        elif self._link is None:
            self._says_ready(f"rule {match.rule.name}")
        self._prompted.set()

    def _says_ready(self, cause: str) -> None:
        with self._lock:
            self._is_ready.set()
            awaited = self._awaited_ready
        if awaited is not None and not awaited.done():
            awaited.set_result(cause)

    def _fail(self, match: RuleMatch) -> None:
        error = ApplicationFailedError(match.reason)
        if match is self._effects.failure:
            self._rule_error = error
        raise error

    def _fail_and_end(self, match: RuleMatch) -> None:
        process = self._process
        if process is not None:
            process.end_on_behalf(RULE_GRACE, f"the rule {match.rule.name}")
        self._fail(match)

    # How it is done.

    def _launch(self, args: Any) -> LoggingSubprocess:
        adaptor = self._adaptor
        variables = {**os.environ}
        if self._folder is None:
            self._folder = TemporaryFolder()
        variables.update(dict.fromkeys(("TMPDIR", "TMP", "TEMP"), self._folder.path))
        if adaptor.client is not None:
            if self._link is None:
                from .link import ApplicationLink

                self._link = ApplicationLink(adaptor, self._serves)
            variables.update(self._link.environment(variables))
        variables.update(call_plainly("environment", adaptor.environment))
        return LoggingSubprocess(
            args=args,
            startup_directory=adaptor.startup_directory,
            stdout_handler=self._handler,
            stderr_handler=None if adaptor.merge_output else self._handler,
            encoding=adaptor.encoding,
            merge_output=adaptor.merge_output,
            environment=variables,
            follow_launcher=adaptor.follow_launcher,
            stop_signal=adaptor.stop_signal,
        )

    def _wait_ready(self, process: LoggingSubprocess) -> None:
        cause = None
        if self._link is not None or self._has_ready_rule:
            awaited: Any = self._adaptor.expect(of=process)
            with self._lock:
                self._awaited_ready = awaited
                is_ready = self._is_ready.is_set()
            if is_ready and not awaited.done():
                awaited.set_result("it was ready at once")
            try:
                cause = awaited.result()
            finally:
                self._awaited_ready = None
        self._life.move_if_allowed(ApplicationTrigger.READY, cause=cause)

    def _result(self, future: AwaitedFuture) -> Any:
        self._pending = future
        try:
            result = future.result()
        except ActionFailedError as error:
            self._pending = None
            self._life.move_if_allowed(ApplicationTrigger.READY, cause=describe_error(error))
            raise
        self._pending = None
        self._life.move_if_allowed(ApplicationTrigger.READY)
        return result

    def _becomes_ready(self) -> bool:
        """Wait until it has answered what a failed task asked."""
        pending = self._pending
        if pending is None and self._refused:
            return self._prompts_again()
        if pending is None or not pending.wait_until_given_back(BUSY_SECONDS):
            return False
        self._pending = None
        return self._life.move_if_allowed(ApplicationTrigger.READY, cause="it answered late") is not None

    def _prompts_again(self) -> bool:
        """Wait for the prompt that follows a failure. An application without a prompt has answered with the failure."""
        self._prompted.wait(BUSY_SECONDS if self._has_prompt else PROMPT_SECONDS)
        if not self._has_prompt and self._started().is_running:
            self._life.move_if_allowed(ApplicationTrigger.READY, cause="it has answered with a failure")
        return self.state is ApplicationState.READY

    def _restart_reason(self) -> str | None:
        process = self._started()
        seconds = time.monotonic() - self._launched
        return self._adaptor.restart.reason(tasks=self._tasks, seconds=seconds, pid=process.pid)

    def _raise_if_ended(self) -> None:
        """Raise what has ended the hook, such as a cancel, or a rule that has matched."""
        error = session_state(self._adaptor).expectations.failure
        if error is not None:
            observe(error)
            raise error
        if self._rule_error is not None and self.failure is not None:
            raise self._rule_error

    def _started(self) -> LoggingSubprocess:
        if self._process is None:
            raise ApplicationLostError(f"{self._life.name} was not started")
        return self._process
