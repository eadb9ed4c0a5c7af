"""Decide what happens next in a session.

A session is told what happened (a request, the end of a hook, a cancel, a lost application, the passing of time)
and answers by calling its :class:`Effects`. It has no thread, no process and no clock of its own: one thread calls
it, the runner in production and a simulation with a virtual clock in the tests. State is asked of the lifecycle and
nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import attrs

from ..statemachine import AdaptorState, IllegalCallError, Trigger
from ._outcome import (
    FAILED,
    REFUSED,
    TIMED_OUT,
    ApplicationLostError,
    Cause,
    Outcome,
    TaskCanceledError,
    describe_error,
)

if TYPE_CHECKING:
    from typing import Callable

    from ..statemachine import InFlight, Lifecycle
    from ._deadlines import Deadlines

WORK = ("on_start", "on_run")
"""The hooks that a cancel interrupts. The others end the session and are only hurried."""


@attrs.define(eq=False)
class Request:
    """One thing asked of a session.

    Attributes:
        segment_id: The part of the ordered stream that shows it.
        task_id: The task, for a run.
        outcome: How it ended; None until it has.
    """

    segment_id: str
    task_id: str | None = None
    outcome: Outcome | None = None


@attrs.define(eq=False)
class Call:
    """One call of a hook: what the lifecycle knows of it, for whom it is made and the first error that it met."""

    in_flight: InFlight
    request: Request
    argument: Any = None
    error: BaseException | None = None

    @property
    def hook(self) -> str:
        """The hook's name."""
        return self.in_flight.hook


class Effects(Protocol):
    """What a session can make happen. Nothing here blocks."""

    def call_hook(self, call: Call) -> None:
        """Call the hook on the hook thread and report its end with ``hook_ended``."""

    def call_on_cancel(self) -> None:
        """Call ``on_cancel`` on a thread of its own and report its end with ``on_cancel_ended``."""

    def interrupt(self, error: BaseException) -> None:
        """Make what the hook in flight waits for fail with ``error``."""

    def terminate_applications(self) -> None:
        """Ask each application to end."""

    def kill_applications(self) -> None:
        """End each application's process group."""

    def abandon(self, call: Call) -> None:
        """Leave the thread of a hook that does not end to itself, with a dump of all threads in the log."""

    def report(self, call: Call, error: BaseException, *, expected: bool) -> None:
        """Log what a hook raised; ``expected`` when a cancel or a loss made it."""

    def begin(self, request: Request) -> None:
        """Take note that a request was accepted."""

    def finish(self, request: Request) -> None:
        """Take note that a request has its outcome."""


class Session:
    """The decisions of one session, from ``on_start`` to the end of ``on_cleanup``.

    Args:
        lifecycle: The state machine that guards every call.
        effects: What carries the decisions out.
        deadlines: The limits of each phase.
        clock: The monotonic clock that ``tick`` and the deadlines use, in seconds.
    """

    def __init__(
        self, lifecycle: Lifecycle, effects: Effects, deadlines: Deadlines, clock: Callable[[], float]
    ) -> None:
        self.lifecycle = lifecycle
        self._effects = effects
        self._deadlines = deadlines
        self._clock = clock
        self._call: Call | None = None
        self._timeline: list[tuple[float, Callable[[], None]]] = []
        self._cause: Cause | None = None
        self._loss: BaseException | None = None
        self._on_cancel_called = False
        self._on_cancel_bound: float | None = None
        self._stops: list[Request] = []
        self._stop_by = 0.0
        self._stop_failure: Outcome | None = None
        self._failed_start: Request | None = None
        self._ending = False

    # What may be asked.

    def start(self, request: Request) -> None:
        """Call ``on_start``. When it fails or is canceled, stop and cleanup follow before the request ends."""
        self._accept(Trigger.START, request, None, self._deadlines.start)

    def run(self, request: Request, run_data: Any) -> None:
        """Call ``on_run`` with ``run_data``."""
        self._accept(Trigger.RUN, request, run_data, self._deadlines.run)

    def stop(self, request: Request, seconds: float | None = None) -> None:
        """End the session from whatever state.

        What is in flight is canceled; then comes ``on_stop`` where it is owed, then ``on_cleanup``.

        Args:
            request: Who asks. A second stop while one is under way joins it.
            seconds: How long it may take in all; None for the deadline of the stop phase.
        """
        if self.is_over:
            self._accept(Trigger.STOP, request, None, None)  # the guard refuses it and says why
            return
        seconds = self._deadlines.stop if seconds is None else seconds
        stop_by = self._clock() + seconds
        self._stop_by = min(self._stop_by, stop_by) if self._stops else stop_by
        self._stops.append(request)
        if self._call is not None and self._call.hook in WORK:
            self.cancel(Cause("stop was asked for"), min(seconds / 2, self._deadlines.cancel))
        self._advance()

    def cancel(self, cause: Cause, seconds: float | None = None, task_id: str | None = None) -> None:
        """Cancel what is in flight, or the idle session.

        Args:
            cause: Why; its exit code becomes that of the request in flight.
            seconds: How long the hook in flight has before it is abandoned. A second cancel only ever shortens.
            task_id: The task that is meant. A cancel for a task that is over is recorded and does nothing.
        """
        seconds = self._deadlines.cancel if seconds is None else max(0.0, seconds)
        current = self._call.in_flight.task_id if self._call else None
        if task_id is not None and task_id != current:
            self.lifecycle.refuse(Trigger.CANCEL, cause=f"{cause.text}: this task is not in flight", task_id=task_id)
            return
        if Trigger.CANCEL in self.lifecycle.allowed():
            self.lifecycle.cancel(cause=cause.text, task_id=current)
            self._cause = cause
            self._interrupt(TaskCanceledError(f"canceled by {cause.text}"), seconds)
        else:
            self.lifecycle.refuse(Trigger.CANCEL, cause=cause.text, task_id=current)
        self._hurry(seconds)

    # What may happen.

    def hook_ended(self, call: Call, error: BaseException | None) -> None:
        """Settle a hook that returned (``error`` is None) or raised."""
        first = call.error or error
        if call is not self._call:
            self.lifecycle.settle(call.in_flight, error=describe_error(first) if first else None)
            return
        self._call = None
        self._timeline.clear()
        interrupted = call.hook in WORK and (self._cause is not None or self._loss is not None)
        if first is not None:
            self._effects.report(call, first, expected=interrupted)
        self.lifecycle.settle(call.in_flight, error=describe_error(first) if first else None)
        self._conclude(call, first)

    def on_cancel_ended(self) -> None:
        """Take note that ``on_cancel`` has returned or raised; a stop may be waiting for it."""
        self._on_cancel_bound = None
        self._advance()

    def callback_failed(self, error: BaseException) -> None:
        """Make the task in flight fail because a callback on its output raised ``error``. The first one counts."""
        if self._call is not None and self._call.hook in WORK and self._call.error is None:
            self._call.error = error
            self._effects.interrupt(error)

    def application_lost(self, message: str) -> None:
        """Take note that a declared application exited. Nothing follows where its end was asked for."""
        expected = self._stops or self._failed_start or self._loss or self._cause
        if expected or self.lifecycle.state not in (AdaptorState.IDLE, AdaptorState.STARTED, AdaptorState.RUNNING):
            return
        self._loss = ApplicationLostError(message)
        self.lifecycle.fail(cause=message)
        self._interrupt(self._loss, self._deadlines.cancel, call_on_cancel=False)

    def tick(self) -> None:
        """Do what is due."""
        now = self._clock()
        while self._timeline and self._timeline[0][0] <= now:
            _, action = self._timeline.pop(0)
            action()
        if self._on_cancel_bound is not None and self._on_cancel_bound <= now:
            self._on_cancel_bound = None
            self._advance()

    def next_due(self) -> float | None:
        """Return the clock reading at which ``tick`` has something to do, or None."""
        times = [self._timeline[0][0]] if self._timeline else []
        if self._on_cancel_bound is not None:
            times.append(self._on_cancel_bound)
        return min(times, default=None)

    @property
    def is_over(self) -> bool:
        """Whether ``on_cleanup`` has been called and nothing can follow."""
        return self.lifecycle.state is AdaptorState.CLEANED

    @property
    def cause(self) -> Cause | None:
        """Why the session was canceled, if it was."""
        return self._cause

    # How it is decided.

    def _accept(self, trigger: Trigger, request: Request, argument: Any, seconds: float | None) -> None:
        try:
            in_flight = self.lifecycle.begin(trigger, task_id=request.task_id)
        except IllegalCallError as error:
            self._refuse(request, str(error))
            return
        self._effects.begin(request)
        self._call_hook(Call(in_flight, request, argument), None if seconds is None else self._clock() + seconds)

    def _refuse(self, request: Request, message: str) -> None:
        request.outcome = Outcome(REFUSED, message)
        self._effects.finish(request)

    def _call_hook(self, call: Call, due: float | None) -> None:
        self._call = call
        if due is not None:
            self._at(due, lambda: self._overdue(call))
        self._effects.call_hook(call)

    def _at(self, due: float, action: Callable[[], None]) -> None:
        self._timeline.append((due, action))
        self._timeline.sort(key=lambda entry: entry[0])

    def _overdue(self, call: Call) -> None:
        seconds = self._clock() - call.in_flight.since
        cause = Cause(f"{call.hook} did not end within its deadline of {seconds:.0f} s", TIMED_OUT)
        if call.hook not in WORK:
            self._effects.kill_applications()
            self._abandon(call, cause)
        elif Trigger.CANCEL in self.lifecycle.allowed():
            self.cancel(cause)

    def _interrupt(self, error: BaseException, seconds: float, *, call_on_cancel: bool = True) -> None:
        """Get the hook in flight to end: tell what it waits on, then its applications, then leave it."""
        if self._call is None or self._call.hook not in WORK:
            return
        if call_on_cancel and not self._on_cancel_called:
            self._on_cancel_called = True
            self._on_cancel_bound = self._clock() + seconds
            self._effects.call_on_cancel()
        self._effects.interrupt(error)
        self._escalate(seconds)

    def _escalate(self, seconds: float) -> None:
        now, call = self._clock(), self._call
        assert call is not None
        self._timeline.clear()
        self._at(now + seconds / 3, self._effects.terminate_applications)
        self._at(now + seconds * 2 / 3, self._effects.kill_applications)
        self._at(
            now + seconds, lambda: self._abandon(call, Cause(f"{call.hook} did not end after the cancel", TIMED_OUT))
        )

    def _hurry(self, seconds: float) -> None:
        """Shorten what is already on its way; never lengthen it."""
        end = self._clock() + seconds
        if self._on_cancel_bound is not None:
            self._on_cancel_bound = min(self._on_cancel_bound, end)
        if self._stops:
            self._stop_by = min(self._stop_by, end)
        call = self._call
        if call is None or (self._timeline and end >= self._timeline[-1][0]):
            return
        if call.hook in WORK:
            self._escalate(seconds)
        else:
            self._timeline.clear()
            self._at(end, lambda: self._overdue(call))

    def _abandon(self, call: Call, cause: Cause) -> None:
        self._call = None
        self._timeline.clear()
        self._effects.abandon(call)
        self.lifecycle.abandon(call.in_flight, cause=cause.text)
        self._conclude(call, None, cause)

    def _conclude(self, call: Call, error: BaseException | None, abandoned: Cause | None = None) -> None:
        """Give the request of a hook that is over its outcome, and go on."""
        if call.hook in WORK:
            call.request.outcome = self._outcome(call, error, abandoned)
            if call.hook == "on_start" and not call.request.outcome.succeeded:
                self._failed_start = call.request
                self._stop_by = self._stop_by if self._stops else self._clock() + self._deadlines.stop
            else:
                self._effects.finish(call.request)
        elif self._stop_failure is None and (error is not None or abandoned is not None):
            text = abandoned.text if abandoned else f"{call.hook} raised {describe_error(error)}"  # type: ignore[arg-type]
            self._stop_failure = Outcome(TIMED_OUT if abandoned else FAILED, text)
        self._advance()

    def _outcome(self, call: Call, error: BaseException | None, abandoned: Cause | None) -> Outcome:
        if self._cause is not None:
            return Outcome(self._cause.exit_code, self._canceled_text(call, abandoned))
        if self._loss is not None:
            return Outcome(FAILED, str(self._loss))
        if error is not None:
            return Outcome(FAILED, f"{call.hook} failed: {describe_error(error)}")
        return Outcome()

    def _canceled_text(self, call: Call, abandoned: Cause | None) -> str:
        assert self._cause is not None
        if self._cause.exit_code == TIMED_OUT:
            return self._cause.text
        return f"{call.hook} was canceled by {self._cause.text}" + (f"; {abandoned.text}" if abandoned else "")

    def _advance(self) -> None:
        """Make the next step towards the end of the session, if it is to end and nothing is in flight."""
        request = self._failed_start or next(iter(self._stops), None)
        if request is None or self._call is not None:
            return
        if not self._ending and request is not self._failed_start:
            self._effects.begin(request)  # only now: what was in flight before had the stream to itself
        self._ending = True
        if self._on_cancel_bound is not None:
            return
        if self.lifecycle.stop_owed:
            remaining = max(0.0, self._stop_by - self._clock())
            self._call_hook(Call(self.lifecycle.begin(Trigger.STOP), request), self._clock() + remaining * 2 / 3)
        elif not self.is_over:
            self._call_hook(Call(self.lifecycle.begin(Trigger.CLEANUP), request), max(self._clock(), self._stop_by))
        else:
            self._finish_ending()

    def _finish_ending(self) -> None:
        stops, failed_start, self._stops, self._failed_start = self._stops, self._failed_start, [], None
        if failed_start is not None:
            self._effects.finish(failed_start)
        for request in stops:
            request.outcome = self._stop_failure or Outcome()
            self._effects.finish(request)
