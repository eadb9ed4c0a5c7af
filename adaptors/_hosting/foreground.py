"""``run``: the whole lifecycle in the foreground."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Any

from adaptor_runtime_client._messages import Result

from ...ipc._commands.cancel_deadline import cancel_seconds
from ...ipc._own_process.own_children import end_own_children
from ...ipc._own_process.runtime_thread import RuntimeThread
from ...ipc._own_process.signals import SignalRecord
from ...ipc._processes.process_identity import check_process_table, wait_gone
from ...ipc._stream import openjd_messages
from ...ipc._stream.print_queue import PrintQueue
from ...ipc._stream.printer import READER_SECONDS, Printer
from ...ipc._stream.standard_output import StandardOutput
from ...statemachine import AdaptorState
from .._messages.emitter import Emitter
from .._messages.own_log import log
from .._outcome import INTERRUPTED, REFUSED, SUCCEEDED, TERMINATED, TIMED_OUT, Cause, Outcome
from .._session.cancel_time import until_stop, with_stop
from .._session.request import WORK
from .._session.runner import AdaptorRunner
from ..processes import _registry as registry
from .session_journal import RUN, open_journal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Callable

    from .._adaptor import BaseAdaptor
    from .session_setup import SessionSetup

SHORTEST_STOP = 0.5
"""Least number of seconds for stop and cleanup, even if the time is up."""

DAY = 86_400.0
"""How long one wait for the end of the owner lasts."""


def run_in_foreground(
    setup: SessionSetup,
    work: Callable[[Foreground], Outcome],
    journal: str | None,
    began: float,
    adaptor: BaseAdaptor[Any] | None = None,
    *,
    is_guest: bool = False,
    mode: str = RUN,
    has_view: bool = False,
    times: bool = False,
) -> Result:
    """Run a session in this process, which then ends; show its result and return it.

    Args:
        setup: The session.
        work: Does the work, through a method of its argument.
        journal: The file for the lifecycle records; None for none.
        began: Wall clock time at which this command began, in seconds.
        adaptor: The adaptor; None to construct it as the first part of start.
        mode: How the session is run, for the journal.
        is_guest: The process belongs to another program and continues afterwards with its own output and logging.
        has_view: Show state, progress and status below the lines, on a terminal.
        times: Print the time in front of each line, even if the configuration does not ask for it.

    Raises:
        BadInputError: The journal cannot be written.
        SystemRefusalError: The system lacks something that a session needs.
    """
    check_process_table()
    kept = open_journal(setup, journal, mode) if journal else None
    outputs: list[Emitter] = []
    standard_output = StandardOutput(lambda stream, block: outputs[0].output(stream, block) if outputs else None)
    output, errors = standard_output.start()
    printer = Printer(output.number, errors.number, lambda: output.is_ours() and errors.is_ours())
    if times or setup.line_times:
        printer.show_times()
    if has_view:
        printer.open_view()
    openjd_messages.failure_line("")  # its patterns are compiled now: when it is needed, no memory may be left
    with ExitStack() as signals:
        try:
            printed = PrintQueue(printer)
            # The session has its own record. Outside of it there is nothing to cancel, but a reader to wait for.
            signals.enter_context(SignalRecord(lambda _: printed.lose_patience(READER_SECONDS)))
            emitter = Emitter(printed, setup.levels, heartbeat=setup.heartbeat)
            outputs.append(emitter)
            emitter.install()
            registry.set_output(emitter.output, standard_output.flush)
            runner = AdaptorRunner(
                adaptor,
                factory=setup.factory(),
                after_construction=partial(setup.complete, emitter),
                emitter=emitter,
                deadlines=setup.deadlines,
                journal=kept,
                on_end=printed.hurry,
            )
            foreground = Foreground(runner, began)
            outcome = work(foreground)
            runner.close()
            if not is_guest:
                end_leftovers()
            standard_output.flush()
        except BaseException:
            standard_output.restore()
            raise
        # Standard output stays captured until the process ends, which comes next: a thread or a child that the adaptor
        # left behind must not reach the real one.
        result = Result(outcome.exit_code, outcome.message, str(runner.lifecycle.state))
        is_cut_off = outcome.exit_code in (TIMED_OUT, INTERRUPTED, TERMINATED) or foreground.was_signaled
        if printed.finish(READER_SECONDS if is_cut_off else None):
            printer.result(result)
        else:
            printer.give_up(result)
        printer.close()
    if is_guest:
        emitter.uninstall()
        registry.set_output(None)
        standard_output.restore()
    return result


def end_leftovers() -> None:
    """End the children that the adaptor left behind, and log those that did not end with their pool."""
    for command in end_own_children():
        log().warning("ended a child process that the adaptor left behind", command=command)


class Foreground:
    """The driver of a session, which divides the time that a signal leaves."""

    def __init__(self, runner: AdaptorRunner, began: float) -> None:
        self._runner = runner
        self._began = began
        self._due: float | None = None
        self._shown: Sequence[Any] = ()
        self._signaled: Cause | None = None
        self.was_signaled = False
        """Whether a signal arrived, in time or not."""
        self._failed_before = False

    def clean_up(self) -> Outcome:
        """Call only ``on_cleanup``: another process began the session."""
        runner = self._runner
        with SignalRecord(self._record):
            return runner.wait(runner.stop(self._stop_seconds()))

    def run_session(
        self,
        tasks: Sequence[Any],
        *,
        keep_going: bool = False,
        shown: Sequence[Any] = (),
        owner: tuple[int, float] | None = None,
    ) -> Outcome:
        """Start, run the tasks in order, stop, and clean up; return the first failure, if any.

        Args:
            tasks: The run data of each task.
            keep_going: Run the next task after one failed. A cancel still ends the session.
            shown: The run data of each task for the journal, without its secrets; empty for none.
            owner: A process, with its start time, whose end cancels the session; None for none.
        """
        runner, self._shown = self._runner, shown
        if owner is not None:
            RuntimeThread(target=self._watch_owner, args=owner, name="owner").start()
        with SignalRecord(self._record):
            outcome = runner.wait(runner.start())
            if outcome.succeeded:
                outcome = self._run_tasks(tasks, keep_going=keep_going)
                stopped = runner.wait(runner.stop(self._stop_seconds()))
                outcome = self._judge(stopped) if outcome.succeeded else outcome
        cause = self._signaled or runner.cause
        if cause is not None and outcome.exit_code in (SUCCEEDED, REFUSED):
            return cause.outcome("run")
        return outcome

    def _run_tasks(self, tasks: Sequence[Any], *, keep_going: bool) -> Outcome:
        """Return the outcome of the first task that failed, or success."""
        if len(tasks) == 1:
            return self._run_task(0, tasks[0])
        first = Outcome()
        for number, task in enumerate(tasks, start=1):
            which = f"task {number} of {len(tasks)}"
            log().info(which)
            outcome = self._run_task(number - 1, task)
            if outcome.succeeded:
                continue
            if first.succeeded:
                first = Outcome(outcome.exit_code, f"{which}: {outcome.message}")
            else:
                log().error(f"{which} failed", error=outcome.message)  # only the first failure is reported
            if not keep_going or self._runner.state is not AdaptorState.STARTED:
                if number < len(tasks):
                    log().warning("the remaining tasks are skipped", tasks=len(tasks) - number)
                break
        return first

    def _run_task(self, index: int, task: Any) -> Outcome:
        request = self._runner.run(task)
        if self._shown:
            self._runner.note_run_data(request, self._shown[index])
        return self._runner.wait(request)

    def _judge(self, stopped: Outcome) -> Outcome:
        """Return the outcome of the end: the first cause counts, a signal or a failure."""
        if stopped.succeeded or self._signaled is None or self._failed_before:
            return stopped
        return self._signaled.outcome("run", stopped.message)

    def _record(self, number: int) -> None:
        self.was_signaled = True  # the session may be over, and then nothing serves it any more
        self._runner.post(partial(self._signal, number))

    def _signal(self, number: int) -> None:
        cause = Cause.from_signal(number)
        self._runner.note("signal", number=number, name=cause.text)
        self._cancel(cause)

    def _watch_owner(self, pid: int, start_time: float) -> None:
        while not wait_gone(pid, start_time, DAY):
            pass
        self._runner.post(partial(self._cancel, Cause(f"the end of its owner, process {pid}")))

    def _cancel(self, cause: Cause) -> None:
        """Cancel within the deadline ``cancel`` and leave some time to stop and cleanup, or all if they are running.

        A scheduler may leave less for both. A second signal halves the rest.
        """
        seconds = cancel_seconds(self._began, with_stop(self._runner.deadlines.cancel))
        if self._due is not None:
            seconds = min(seconds, max(0.0, self._due - time.monotonic()) / 2)
        self._due = time.monotonic() + seconds
        if self._signaled is None:
            self._signaled, self._failed_before = cause, self._runner.end_failure is not None
        in_flight = self._runner.lifecycle.in_flight
        is_ending = in_flight is not None and in_flight.hook not in WORK
        self._runner.cancel(cause, seconds if is_ending else until_stop(seconds))

    def _stop_seconds(self) -> float | None:
        return None if self._due is None else max(SHORTEST_STOP, self._due - time.monotonic())
