"""One task of an ``ApplicationAdaptor``: again if the application was lost, and the verdict on it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn

from ...ipc._own_process.plain_call import call_plainly
from ...statemachine import ApplicationState
from .._expected_outputs import ExpectedOutputs
from .._messages.own_log import log
from .._outcome import ApplicationLostError, TaskCanceledError, describe_error
from .._verdict import LOST, RAISED, RULE, ApplicationEnd, Evidence, Verdict, decide
from ..processes._errors import ApplicationFailedError
from .restart import OnLoss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .hooks import ApplicationHooks
    from .kept_application import KeptApplication


class _Loss(NamedTuple):
    """The loss of the application, and whether the task had asked anything of it."""

    error: ApplicationLostError
    was_asked: bool


class ApplicationTask:
    """One task.

    Args:
        adaptor: The adaptor.
        application: Its application.
        run_data: The task's data.
    """

    def __init__(self, adaptor: ApplicationHooks, application: KeptApplication, run_data: Any) -> None:
        self._adaptor = adaptor
        self._application = application
        self._run_data = run_data
        self._outputs: ExpectedOutputs | None = None

    def run(self) -> None:
        """Run it, and judge it.

        Raises:
            TaskCanceledError: It was canceled.
            ApplicationLostError: The application was lost.
            ApplicationFailedError: A rule has matched, or an expected output is missing.
            BaseException: What the hook has raised.
        """
        try:
            self._run()
        finally:
            self._application.end_task()

    def _run(self) -> None:
        on_loss = self._application.on_loss
        attempts = self._adaptor.restart.attempts if on_loss is OnLoss.RESTART else 0
        is_spared = on_loss is not OnLoss.FAIL_SESSION  # once: a loss before anything was asked costs no task
        again = False
        while True:
            loss = self._attempt(again=again)
            if loss is None:
                return
            if is_spared and not loss.was_asked:
                is_spared = False
                log().info("the task begins again, since it had asked nothing", cause=str(loss.error))
            elif attempts:
                attempts -= 1
                log().warning("the task is run again", cause=str(loss.error), attempts_left=attempts)
            else:
                raise loss.error
            again = True

    def _attempt(self, *, again: bool) -> _Loss | None:
        """Run it once; return the loss of the application, if that has ended it.

        Raises:
            BaseException: What else has.
        """
        try:
            self._application.prepare_task(again=again)
        except ApplicationLostError as error:  # while it was loaded
            return _Loss(error, was_asked=False)
        outputs = self._expected_outputs()
        raised = self._call_hook()
        if isinstance(raised, TaskCanceledError):
            raise raised
        verdict = self._judge(raised, outputs)
        if verdict.succeeded:
            return None
        try:
            self._raise_for(verdict, raised)
        except ApplicationLostError as error:
            if verdict.row != LOST:
                raise
            return _Loss(error, was_asked=self._application.requests.was_asked)

    def _expected_outputs(self) -> ExpectedOutputs:
        """Return them as they were before the first attempt: what that one wrote is new, too."""
        if self._outputs is None:
            outputs = ExpectedOutputs.returned_by(self._adaptor.expected_outputs, self._run_data)
            outputs.remember(self._pause)
            self._application.outputs = self._outputs = outputs
        return self._outputs

    def _call_hook(self) -> BaseException | None:
        try:
            call_plainly("on_run", self._adaptor.on_run, self._run_data)
        except BaseException as error:  # noqa: BLE001  it is raised again, if nothing comes before it in the table
            return error
        return None

    def _judge(self, raised: BaseException | None, outputs: ExpectedOutputs) -> Verdict:
        if raised is not None and not isinstance(raised, ApplicationFailedError):
            self._application.await_loss(raised)
        self._application.notice_end()  # the hook may have hidden it
        verdict = decide(self._evidence(raised))
        if not verdict.succeeded:
            return verdict
        process = self._application.process
        if process is not None:
            process.flush_output()  # a rule may match the last lines of the task
        wrong = outputs.wait(self._adaptor.output_patience, self._pause)
        return decide(self._evidence(raised, wrong))

    def _evidence(self, raised: BaseException | None, outputs: Sequence[str] = ()) -> Evidence:
        return Evidence(
            failure=self._application.failure,
            end=self._end(),
            is_needed=True,
            raised="" if raised is None else describe_error(raised),
            exit_codes=None,
            outputs=outputs,
        )

    def _raise_for(self, verdict: Verdict, raised: BaseException | None) -> NoReturn:
        if verdict.row == RAISED and raised is not None:
            raise raised
        if verdict.row == RULE and self._application.rule_error is not None:
            raise self._application.rule_error  # the same error that has ended the waits, so it is one failure
        kind = ApplicationLostError if verdict.row == LOST else ApplicationFailedError
        raise kind(verdict.message) from raised

    def _end(self) -> ApplicationEnd | None:
        process = self._application.process
        if process is None or self._application.state is not ApplicationState.LOST or process.returncode is None:
            return None
        return ApplicationEnd(process.returncode, f"the application {process.failure}", was_requested=False)

    def _pause(self, seconds: float) -> bool:
        """Wait; return at once whether the task is over, by a cancel or the end of the application."""
        is_over = threading.Event()
        pause = self._adaptor.expect(of=self._application.process)
        pause.on_end(lambda _: is_over.set())
        try:
            return is_over.wait(seconds)
        finally:
            pause.settle(None)
