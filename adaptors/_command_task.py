"""One task of a ``CommandAdaptor``: its command from beginning to end, and the verdict on it."""

from __future__ import annotations

import inspect
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Optional, Protocol

from ..ipc._own_process.plain_call import NotCalledError, call_plainly
from ..ipc._own_process.runtime_thread import RuntimeThread
from ._expected_outputs import ExpectedOutputs
from ._messages.own_log import log
from ._messages.redaction import redaction
from ._outcome import FAILED, TERMINATED, Outcome, TaskCanceledError, describe_error
from ._rules_in_force import rules_in_force
from ._session.private_state import session_state
from ._verdict import CANCELED, RAISED, ApplicationEnd, Evidence, Verdict, decide
from .processes import _managed_process
from .processes._errors import ApplicationFailedError
from .processes._logging_subprocess import LINE_GRACE_SECONDS, LoggingSubprocess

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from typing import Callable

    from ._application.task_progress import TaskProgress
    from ._rule_effects import RuleEffects
    from .output._output_rule import RuleMatch
    from .output._rule_set import RuleSet
    from .processes import ManagedProcess


class CommandHooks(Protocol):
    """What a task needs of its adaptor; ``CommandAdaptor`` documents each member."""

    success_exit_codes: ClassVar[Optional[Collection[int]]]
    output_patience: ClassVar[float]

    def expected_outputs(self, run_data: Any) -> Iterable[Any]:
        """Return the files that the command must write."""

    def on_postrun(self, *arguments: Any, **more: Any) -> None:
        """Finish the task."""


class CommandTask:
    """One task.

    Args:
        adaptor: The adaptor.
        run_data: The task's data.
        process: The command.
        canceled: Set when the task is canceled.
    """

    def __init__(
        self,
        adaptor: CommandHooks,
        run_data: Any,
        process: ManagedProcess,
        canceled: threading.Event,
    ) -> None:
        self._adaptor = adaptor
        self._run_data = run_data
        self._process = process
        self._canceled = canceled
        self._has_ended = threading.Event()
        self._ended_after_done = False
        rules = rules_in_force(adaptor)
        self._progress: TaskProgress | None = None
        self._effects = self._attach(rules) if rules else None

    def _attach(self, rules: RuleSet) -> RuleEffects:
        """Have the rules try each line of the command."""
        from ._application.task_progress import TaskProgress
        from ._messages.status import update_status
        from ._rule_effects import RuleEffects
        from .output._joined_handler import joined
        from .output._output_rule import RuleKind

        if not isinstance(self._process, _managed_process.ManagedProcess):
            raise NotCalledError(f"get_managed_process returned {self._process!r:.100}; rules need a ManagedProcess")
        further = {RuleKind.FATAL: self._end_for, RuleKind.DONE: self._work_is_done}
        self._progress = TaskProgress(update_status)  # it never falls
        effects = RuleEffects(further, self._progress.report)
        _managed_process.join_handlers(self._process, partial(joined, rules.handler(effects)))
        return effects

    def run(self) -> None:
        """Run the command, judge it, and call ``on_postrun``.

        Raises:
            ApplicationFailedError: The task has failed; the message says why.
            TaskCanceledError: It was canceled.
            BaseException: What the command, or a callback, has raised.
        """
        outputs = self._expected_outputs()
        former = self._application()
        raised = self._run_command()
        application = self._application()
        if application is former:  # it was not started
            application = None
        verdict = self._judge(application, raised, outputs)
        if verdict.succeeded and self._progress is not None:
            self._progress.complete()
        self._call_postrun(verdict, has_ended=application is not None)
        self._raise_for(verdict, raised)

    def _application(self) -> LoggingSubprocess | None:
        """Return what the process last started; None for nothing, or where an author's own class does not say."""
        application = getattr(self._process, "process", None)
        return application if isinstance(application, LoggingSubprocess) else None

    def _expected_outputs(self) -> ExpectedOutputs:
        outputs = ExpectedOutputs.returned_by(self._adaptor.expected_outputs, self._run_data)
        outputs.remember(self._canceled.wait)
        return outputs

    def _run_command(self) -> BaseException | None:
        codes = self._adaptor.success_exit_codes
        try:
            if codes is None:
                self._process.run()
            else:
                self._process.run(success_exit_codes=codes)
        except BaseException as error:  # noqa: BLE001  it is raised again, if nothing comes before it in the table
            return error
        finally:
            self._has_ended.set()
        return None

    def _judge(
        self, application: LoggingSubprocess | None, raised: BaseException | None, outputs: ExpectedOutputs
    ) -> Verdict:
        end = None if application is None else _end_of(application)
        codes = self._accepted_codes(end, raised)
        judge: Callable[..., Evidence] = partial(
            Evidence,
            failure=None if self._effects is None else self._effects.failure,
            end=end,
            raised="" if raised is None or _is_about_end(raised, application, codes) else describe_error(raised),
            exit_codes=codes,
            done=None if self._effects is None or self._effects.done is None else self._effects.done.rule,
            ended_after_done=self._ended_after_done,
        )
        verdict = decide(judge(canceled=self._cancel(application, raised)))
        if not verdict.succeeded:
            return verdict
        wrong = outputs.wait(self._adaptor.output_patience, self._canceled.wait)
        return decide(judge(canceled=self._cancel(application, raised), outputs=wrong))

    def _accepted_codes(self, end: ApplicationEnd | None, raised: BaseException | None) -> Collection[int] | None:
        """Return the codes that are a success; any if ``run``, which an author may have written, has accepted it."""
        if raised is None or end is None:
            return None
        codes = self._adaptor.success_exit_codes
        return getattr(self._process, "success_exit_codes", (0,)) if codes is None else codes

    def _cancel(self, application: LoggingSubprocess | None, raised: BaseException | None) -> str:
        if not self._canceled.is_set():
            return ""
        if raised is not None:
            return describe_error(raised)
        return "canceled" if application is None else f"canceled; {application.failure}"

    def _call_postrun(self, verdict: Verdict, *, has_ended: bool) -> None:
        on_postrun = self._adaptor.on_postrun
        if not takes_outcome(on_postrun):
            if verdict.succeeded:
                call_plainly("on_postrun", on_postrun)
        elif verdict.succeeded:
            call_plainly("on_postrun", on_postrun, self._run_data, Outcome())
        elif has_ended:
            try:
                call_plainly("on_postrun", on_postrun, self._run_data, self._failure(verdict))
            except BaseException as error:  # noqa: BLE001  the first cause counts
                log().error("on_postrun failed, too", error=describe_error(error))

    def _failure(self, verdict: Verdict) -> Outcome:
        """Return how the task fails; for a cancel, or a deadline, as the session tells the scheduler."""
        message = redaction.hide(verdict.message)
        if verdict.row != CANCELED:
            return Outcome(FAILED, message)
        runtime = session_state(self._adaptor).runtime
        cause = None if runtime is None else runtime.cause
        return Outcome(TERMINATED, message) if cause is None else cause.outcome("on_run", message)

    def _raise_for(self, verdict: Verdict, raised: BaseException | None) -> None:
        if verdict.succeeded:
            return
        if verdict.row == RAISED and raised is not None:
            raise raised
        kind = TaskCanceledError if verdict.row == CANCELED else ApplicationFailedError
        raise kind(verdict.message) from raised

    # Called with a line of the command, on the thread that reads its output.

    def _end_for(self, match: RuleMatch) -> None:
        self._end(f"the rule {match.rule.name}")

    def _work_is_done(self, match: RuleMatch) -> None:
        """Give the command some time to end by itself; the first line counts."""
        if self._effects is not None and match is self._effects.done:
            RuntimeThread(target=self._end_after, args=(match,), name="grace after done").start()

    def _end_after(self, match: RuleMatch) -> None:
        if not self._has_ended.wait(match.rule.grace):
            application = self._application()
            self._ended_after_done = application is None or not application.has_exited  # else its exit code counts
            self._end(f"the rule {match.rule.name}")

    def _end(self, asked_by: str) -> None:
        grace = self._process.stop_grace
        self._process.end_on_behalf(LINE_GRACE_SECONDS if grace is None else grace, asked_by)


_POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def takes_outcome(on_postrun: Any, *before: object) -> bool:
    """Return whether ``on_postrun`` is called with the run data and the outcome, also after a failure.

    Args:
        on_postrun: The method of an instance, or the function of a class.
        before: What stands for the instance, for a function.
    """
    try:
        signature = inspect.signature(on_postrun)
    except (TypeError, ValueError):
        return False
    if not _binds(signature, *before, None, None):
        return False
    named = sum(parameter.kind in _POSITIONAL for parameter in signature.parameters.values())
    return named >= len(before) + 2 or not _binds(signature, *before)  # *arguments alone do not ask for them


def _binds(signature: inspect.Signature, *arguments: object) -> bool:
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return True


def _end_of(application: LoggingSubprocess) -> ApplicationEnd | None:
    returncode = application.returncode
    if returncode is None:
        return None
    return ApplicationEnd(returncode, application.failure, was_requested=application.asked_by is not None)


def _is_about_end(raised: BaseException, application: LoggingSubprocess | None, codes: Collection[int] | None) -> bool:
    """Return whether ``run`` raised only because of how the command ended: about that, the table decides."""
    if application is None or not isinstance(raised, ApplicationFailedError) or raised is application.callback_error:
        return False
    return codes is not None and application.returncode not in codes
