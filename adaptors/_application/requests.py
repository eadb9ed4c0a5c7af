"""What an application is asked: calls of its client, and lines that it answers; one at a time, as its life allows."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...ipc._errors import ActionFailedError
from ...statemachine import ApplicationTrigger
from .._outcome import describe_error
from ..processes._errors import ApplicationFailedError
from ..processes._start_check import kind_of
from .patience import Patience
from .question import Question, shown

if TYPE_CHECKING:
    import re
    from typing import Any, Callable

    from ...ipc._application.awaited_future import AwaitedFuture
    from ...statemachine import ApplicationLife
    from ..output._regex_handler import RegexHandler
    from ..processes import LoggingSubprocess
    from .hooks import ApplicationHooks
    from .link import ApplicationLink
    from .task_progress import TaskProgress

CLOSE = "close"
"""The action by which the runtime asks a client to end."""

FLUSH_SECONDS = 1.0
"""How long a question waits until the output that was printed before it has been matched."""


class Requests:
    """Ask an application.

    Args:
        adaptor: The adaptor.
        life: The life of its application.
        handler: Gets each line of the output: first the rules, then the answers.
        progress: Takes the progress of a call.
        has_ready_rule: Whether a rule says that it is ready again.
        process: Returns the process that was started last.
        link: Returns the link to a client that serves.
        check: Called before a line is written: raises what would end the wait for its answer.

    Attributes:
        pending: The call that it may still be busy with.
        is_idle: Set while it waits for a request, and when it has ended.
        has_refused: A failure rule has ended the last question.
    """

    def __init__(
        self,
        adaptor: ApplicationHooks,
        life: ApplicationLife,
        handler: RegexHandler,
        progress: TaskProgress,
        *,
        has_ready_rule: bool,
        process: Callable[[], LoggingSubprocess],
        link: Callable[[], ApplicationLink],
        check: Callable[[], object],
    ) -> None:
        self._adaptor = adaptor
        self._life = life
        self._handler = handler
        self._progress = progress
        self._has_ready_rule = has_ready_rule
        self._process = process
        self._link = link
        self._check = check
        self.pending: AwaitedFuture | None = None
        self.is_idle = threading.Event()
        self.has_refused = False
        self._was_called = False
        self._read_before = 0

    def begin_task(self) -> None:
        """Record that a task begins, which has asked nothing yet."""
        self._was_called, self._read_before = False, self._process().input_size

    @property
    def was_asked(self) -> bool:
        """Whether anything has got to it in this task: a call, or a line."""
        return self._was_called or self._process().input_size != self._read_before

    def call(self, action: str, data: dict[str, Any]) -> Any:
        """Have the client perform an action, and return its result; see ``Application``."""
        if self._adaptor.client is None:
            raise RuntimeError(
                f"{self._life.name} has no client to call: put {self._adaptor.client_file or 'a client'} beside the "
                "adaptor's module, or ask() it in lines"
            )
        if not isinstance(action, str):
            raise TypeError(f"an action is called by its name, a str, not {kind_of(action)}")
        if action == CLOSE:
            raise ValueError(f"the action {CLOSE!r} ends the application; the runtime performs it after the last task")
        self.begin(f"call {action}")
        try:
            future = self._link().send(action, data, self._report)
        except BaseException:
            self.becomes_idle("nothing was sent")
            raise
        return self._result(future)

    def ask(self, line: str, pattern: str | re.Pattern[str], timeout: float | None) -> re.Match[str]:
        """Write a line, and return the first match after it; see ``Application``."""
        if not isinstance(line, str):
            raise TypeError(f"a line is a str, not {kind_of(line)}; write str(...) around it")
        self.begin(f"ask {shown(line)}")
        process = self._process()
        self.has_refused = False
        try:
            process.flush_output(FLUSH_SECONDS)  # what it printed before is no answer
            self._check()
            answered: Any = self._adaptor.expect(of=process)
            if answered.failure() is not None:
                answered.result()  # raises it: a session that was canceled asks nothing more
            question = Question(line, pattern, answered, self._answers_late)
        except BaseException:
            self.becomes_idle("nothing was written")
            raise
        self.forget_questions()  # of which nobody knows any more whether they are answered
        self._handler.regex_callbacks.append(question)  # after the rules: a failure comes first
        try:
            self._write(process, line)
            match: re.Match[str] = Patience(self._adaptor, process, str(question)).result(answered, timeout)
        except BaseException as error:
            self.has_refused = isinstance(error, ApplicationFailedError) and process.is_running
            if self.has_refused and not self._has_ready_rule:
                self.forget_questions()
                self.becomes_idle(describe_error(error))
            else:
                question.give_up()
            raise
        self.forget_questions()
        self.becomes_idle()
        return match

    def _write(self, process: LoggingSubprocess, line: str) -> None:
        written = process.input_size
        try:
            process.write_line(line)
        except (ValueError, TypeError):  # it is no line, or its encoding has no such character
            if process.input_size == written:
                self.forget_questions()
                self.becomes_idle("nothing was written")
            raise

    def begin(self, cause: str) -> None:
        """Record that it is asked.

        Raises:
            IllegalCallError: It may not be asked now.
        """
        self.settle_pending()
        self._life.move(ApplicationTrigger.ASK, cause=cause)
        self.is_idle.clear()

    def becomes_idle(self, cause: str | None = None) -> bool:
        """Record that it waits for a request, unless it has ended; return whether it does."""
        record = self._life.move_if_allowed(ApplicationTrigger.READY, cause=cause)
        self.is_idle.set()
        return record is not None

    def settle_pending(self, seconds: float = 0.0) -> None:
        """Record that it has answered what nobody waits for any more, if it has, or does so in time."""
        pending = self.pending
        if pending is not None and pending.wait_until_given_back(seconds):
            self.pending = None
            self.becomes_idle("it answered late")

    def forget_questions(self) -> None:
        """Wait for no answer any more."""
        self._handler.regex_callbacks[:] = [
            each for each in self._handler.regex_callbacks if not isinstance(each, Question)
        ]

    def forget(self) -> None:
        """Forget what was asked: another application is launched."""
        self.pending, self.has_refused = None, False
        self.forget_questions()

    def _report(self, percent: float, status: str) -> None:
        """Take what a handler reports, which may be without a status."""
        self._progress.report(percent, status or None)

    def _result(self, future: AwaitedFuture) -> Any:
        self.pending = future
        try:
            result = future.result()
            self._was_called = True
        except BaseException as error:
            self._was_called = self._was_called or future.was_handed
            if not isinstance(error, ActionFailedError):
                raise
            self.pending = None
            self.becomes_idle(describe_error(error))
            raise
        self.pending = None
        self.becomes_idle()
        return result

    def _answers_late(self) -> None:
        self.forget_questions()
        self.becomes_idle("it answered late")
