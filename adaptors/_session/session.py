"""Decide what happens next in a session.

A session receives events (a request, the end of a hook, a cancel, a lost application, the passing of time) and answers
by calling its :class:`Effects`. It has no thread, process, or clock of its own: one thread calls it, the runner in
production and a simulation with a virtual clock in the tests. The lifecycle alone holds the state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...ipc._application.observed_error import is_observed
from ...statemachine import AdaptorState, IllegalCallError, Trigger
from .._outcome import (
    FAILED,
    REFUSED,
    TIMED_OUT,
    ApplicationLostError,
    Cause,
    Outcome,
    TaskCanceledError,
    describe_error,
)
from .cancel_time import until_kill, until_stop
from .request import NO_ADAPTOR, HookCall
from .rescue import Remains
from .shutdown import Shutdown
from .timeline import Timeline

if TYPE_CHECKING:
    from typing import Callable

    from ...statemachine import Lifecycle
    from .._deadlines import Deadlines
    from .effects import Effects
    from .request import SessionRequest

_ON_CANCEL = "on_cancel"
_WATCHED = {"output": "no application output", "progress": "no progress"}
_HINTS = {"output": "; its output may still be in its buffer"}


class Session:
    """The decisions of one session, from ``on_start`` to the end of ``on_cleanup``.

    Args:
        lifecycle: The state machine that guards every call.
        effects: Carries out the decisions.
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
        self._call: HookCall | None = None
        self._last_call: HookCall | None = None
        self._timeline = Timeline()
        self._shutdown = Shutdown(deadlines.cleanup)
        self._cause: Cause | None = None
        self._on_cancel_called = False
        self._on_cancel_since: float | None = None
        self._ends_applications = False
        self._applications_gone = False

    # Requests.

    def start(self, request: SessionRequest) -> None:
        """Call ``on_start``. If it fails or is canceled, stop and cleanup follow before the request ends."""
        self._accept(Trigger.START, request)

    def run(self, request: SessionRequest, run_data: Any) -> None:
        """Call ``on_run`` with ``run_data``."""
        self._accept(Trigger.RUN, request, run_data)

    def reject(self, request: SessionRequest, outcome: Outcome) -> None:
        """Refuse a task with invalid data; nothing moves, and the next task may follow."""
        self.lifecycle.refuse(Trigger.RUN, cause="invalid run data", task_id=request.task_id)
        self._finish(request, outcome)

    def stop(self, request: SessionRequest, seconds: float | None = None) -> None:
        """End the session from any state.

        Cancel the hook in flight; then ``on_stop`` follows if it is owed, then ``on_cleanup``.

        Args:
            request: The request. A second stop while the session is ending joins it and can only shorten it.
            seconds: Time limit for everything; None for the deadline of the stop phase.
        """
        if self.is_over:
            self._accept(Trigger.STOP, request)  # the guard refuses it and says why
            return
        seconds = self._deadlines.stop if seconds is None else max(0.0, seconds)
        self._shutdown.await_stop(request)
        limit = min(seconds / 2, self._deadlines.cancel)
        if self._working and Trigger.CANCEL in self.lifecycle.allowed():
            self.cancel(Cause("a stop request"), limit)
        elif self._working:  # it is being canceled already, which nobody needs to be refused
            self._hurry(limit)
        self._end_within(seconds)
        self._advance()

    def cancel(self, cause: Cause, seconds: float | None = None, task_id: str | None = None) -> None:
        """Cancel the hook in flight, or the idle session.

        Args:
            cause: Why; its exit code becomes that of the request in flight.
            seconds: How long the hook in flight has before it is abandoned; once ``on_stop`` or ``on_cleanup`` is in
                flight, how long both may still take. A second cancel can only shorten this.
            task_id: The task to cancel. A cancel for a finished task is recorded and does nothing.
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

    # Events.

    def hook_ended(self, call: HookCall, error: BaseException | None) -> None:
        """Settle a hook that returned (``error`` is None) or raised."""
        call.has_ended, call.raised = True, error
        if call is not self._call:
            self.lifecycle.settle(call.in_flight, error=None if error is None else describe_error(error))
            return
        _forgive(call, error)
        first = error if call.error is None else call.error
        interrupted = call.is_work and self._cause is not None
        if first is not None:
            self._effects.report(call, first, expected=interrupted)
        self._leave(call)
        self._settle(call, error, first)
        self._conclude(call, first)

    def on_cancel_ended(self) -> None:
        """Record that ``on_cancel`` returned or raised; a stop may be waiting for it."""
        self._on_cancel_since = None
        self._timeline.drop(_ON_CANCEL)
        self._advance()

    def callback_failed(self, error: BaseException) -> None:
        """End pending waits because a callback on output raised ``error``, and make the hook in flight fail.

        The first cause counts, unless the author saw it and continued. Between two hooks, the error ends waits that
        have already begun, and fails nothing else.
        """
        call = self._working
        if call is None:
            self._effects.interrupt(error)
        elif self._cause is None and (call.error is None or is_observed(call.error)):
            call.error = error
            self._effects.interrupt(error)

    def load_began(self) -> None:
        """Count the time that a task takes to load an application for the deadline of a start, not for its own."""
        call = self._working
        if call is not None and call.hook == "on_run" and call.loading_since is None:
            call.loading_since = self._clock()
            self._limit(call)

    def load_ended(self) -> None:
        """Count the time of the task again."""
        call = self._working
        if call is not None and call.loading_since is not None:
            call.loaded_seconds += self._clock() - call.loading_since
            call.loading_since = None
            self._limit(call)

    def applications_ended(self) -> None:
        """Record that no application is left; the session is over."""
        self._applications_gone = True
        self._advance()

    def application_lost(self, message: str) -> None:
        """Record that a declared application exited. Nothing follows if its end was requested."""
        wanted = self.lifecycle.state in (AdaptorState.IDLE, AdaptorState.STARTED, AdaptorState.RUNNING)
        if not wanted or self._shutdown.by is not None:
            return
        self._cause = Cause(message, FAILED)
        self.lifecycle.fail(cause=message)
        self._interrupt(ApplicationLostError(message), self._deadlines.cancel, call_on_cancel=False)

    def tick(self) -> None:
        """Run due actions."""
        self._timeline.call_due(self._clock())

    def next_due(self) -> float | None:
        """Return the clock reading at which ``tick`` has something to do, or None."""
        return self._timeline.first()

    def dues(self) -> dict[str, float]:
        """Return when the limits of what is in flight are due, by the names of the deadlines. Any thread may ask.

        After a cancel only that of the cancel counts, and at the end of a session only those of its hooks.
        """
        call, limits = self._call, self._deadlines
        if call is None:
            due = self._timeline.first(_ON_CANCEL)
            return {} if due is None else {"cancel": due}
        if not call.is_work or Trigger.CANCEL not in self.lifecycle.allowed():
            names = {"on_stop": "stop", "on_cleanup": "cleanup"}
            ends = {names.get(call.hook, "cancel"): self._timeline.last(call), "stop": self._shutdown.by}
            return {name: due for name, due in ends.items() if due is not None}
        since = call.in_flight.since
        begins = dict([_limited(call)])
        begins.update({what: max(since, self._effects.last_heard(what) or 0.0) for what in _WATCHED})
        found = {name: (begin, getattr(limits, name)) for name, begin in begins.items()}
        return {name: begin + limit for name, (begin, limit) in found.items() if limit is not None}

    @property
    def is_over(self) -> bool:
        """Whether ``on_cleanup`` was called, no application is left, and nothing can follow."""
        return self.lifecycle.state is AdaptorState.CLEANED and self._applications_gone

    @property
    def cause(self) -> Cause | None:
        """Why the session was canceled or lost an application, if so: the first cause counts."""
        return self._cause

    @property
    def on_cancel_since(self) -> float | None:
        """When the ``on_cancel`` in flight began, by the clock; None if it is not in flight. Any thread may ask."""
        return self._on_cancel_since

    @property
    def end_failure(self) -> Outcome | None:
        """What went wrong first while the session ended, if anything did."""
        return self._shutdown.failure

    def remains(self) -> Remains:
        """Return what the successor of this session needs to know."""
        return Remains(
            self.lifecycle,
            self._effects,
            self._deadlines,
            self._clock,
            call=self._last_call,
            cause=self._cause,
            ends_by=self._shutdown.by,
            on_cancel_until=self._timeline.first(_ON_CANCEL),
            on_cancel_called=self._on_cancel_called,
        )

    # How it is decided.

    @property
    def _working(self) -> HookCall | None:
        """The call of ``on_start`` or ``on_run`` that is in flight, if any."""
        return self._call if self._call is not None and self._call.is_work else None

    def _accept(self, trigger: Trigger, request: SessionRequest, argument: Any = None) -> None:
        try:
            in_flight = self.lifecycle.begin(trigger, task_id=request.task_id)
        except IllegalCallError as error:
            self._finish(request, Outcome(REFUSED, str(error)))
            return
        self._begin(request)
        self._call_hook(HookCall(in_flight, request, argument))

    def _begin(self, request: SessionRequest) -> None:
        request.is_begun = True
        self._effects.begin(request)

    def _finish(self, request: SessionRequest, outcome: Outcome) -> None:
        request.outcome = outcome
        self._effects.finish(request)
        request.is_finished = True

    def _call_hook(self, call: HookCall, due: float | None = None) -> None:
        self._call = self._last_call = call
        if call.is_work:
            self._limit(call)
        elif due is not None:
            self._timeline.at(due, lambda: self._overdue(call, due), about=call)
        self._effects.call_hook(call)
        call.is_called = True
        if call.is_work:
            for what in _WATCHED:
                self._watch(call, what)

    def _overdue(self, call: HookCall, due: float) -> None:
        seconds = max(0.0, due - call.in_flight.since)  # not the time that has passed: this machine may be slow
        text = f"{call.hook} did not end within its deadline of {round(seconds, 1):g} s{self._awaited()}"
        cause = Cause(text, TIMED_OUT)
        self._effects.kill_applications()
        self._abandon(call, cause)

    def _limit(self, call: HookCall) -> None:
        """Look at a hook when its deadline is due as of now; a deadline that began before may be over later by then."""
        name, begin = _limited(call)
        limit: float | None = getattr(self._deadlines, name)
        if limit is not None:
            self._timeline.at(begin + limit, lambda: self._check_limit(call), about=call)

    def _check_limit(self, call: HookCall) -> None:
        name, begin = _limited(call)
        limit: float | None = getattr(self._deadlines, name)
        is_over = limit is not None and begin + limit <= self._clock()
        if limit is None or not is_over or Trigger.CANCEL not in self.lifecycle.allowed():
            return  # another look was requested when the application had been loaded, or began to be
        what = f"{call.hook} did not end within its deadline of"
        if call.loading_since is not None:
            what = "the application was not ready for the task within the deadline start of"
        self.cancel(Cause(f"{what} {limit:g} s{self._awaited()}", TIMED_OUT))

    def _watch(self, call: HookCall, what: str) -> None:
        """Check again when the watchdog for ``what`` would be due if nothing is heard from now on."""
        limit: float | None = getattr(self._deadlines, what)
        if limit is None or Trigger.CANCEL not in self.lifecycle.allowed():
            return
        due = max(call.in_flight.since, self._effects.last_heard(what) or 0.0) + limit
        if due > self._clock():
            self._timeline.at(due, lambda: self._watch(call, what), about=call)
            return
        self._effects.show_applications()
        text = f"{call.hook} had {_WATCHED[what]} for {limit:g} s{_HINTS.get(what, '')}{self._awaited()}"
        self.cancel(Cause(text, TIMED_OUT))

    def _awaited(self) -> str:
        awaited = self._effects.awaited()
        return f"; it waited for {awaited}" if awaited else ""

    def _interrupt(self, error: BaseException, seconds: float, *, call_on_cancel: bool = True) -> None:
        """End the hook in flight: fail its waits, then end its applications, then abandon it."""
        call = self._working
        if call is None:
            return
        self._effects.interrupt(error)  # first: what on_cancel finds idle is asked nothing more
        if call_on_cancel and not self._on_cancel_called:
            self._on_cancel_called, self._on_cancel_since = True, self._clock()
            self._timeline.at(self._clock() + seconds, self._advance, about=_ON_CANCEL)
            self._effects.call_on_cancel(until_kill(seconds))
        self._escalate(call, seconds)

    def _escalate(self, call: HookCall, seconds: float) -> None:
        cause = Cause(f"{call.hook} did not end after the cancel", TIMED_OUT)
        now, at = self._clock(), self._timeline.at
        self._timeline.drop(call)
        ask, kill = seconds / 3, until_kill(seconds)
        at(now + ask, lambda: self._effects.terminate_applications(kill - ask), about=call)
        at(now + kill, self._effects.kill_applications, about=call)
        at(now + seconds, lambda: self._abandon(call, cause), about=call)

    def _hurry(self, seconds: float) -> None:
        """Shorten what is in flight; never lengthen it."""
        end = self._clock() + seconds
        self._hurry_on_cancel(end)
        call = self._call
        if call is not None and not call.is_work:
            self._end_within(seconds)
        elif call is not None:
            last = self._timeline.last(call)
            if last is None or end < last:
                self._escalate(call, seconds)

    def _hurry_on_cancel(self, due: float) -> None:
        """Make the end of the session wait for ``on_cancel`` at most until ``due``, if it waits."""
        bound = self._timeline.first(_ON_CANCEL)
        if bound is not None:
            self._timeline.drop(_ON_CANCEL)
            self._timeline.at(min(bound, due), self._advance, about=_ON_CANCEL)

    def _end_within(self, seconds: float) -> None:
        """Make the session end in ``seconds``, or sooner if that was requested before."""
        now = self._clock()
        self._shutdown.hurry(now + seconds)
        assert self._shutdown.by is not None
        self._hurry_on_cancel(now + until_stop(self._shutdown.by - now))
        call = self._call
        if call is not None and not call.is_work:
            former = self._timeline.first(call)
            due = self._shutdown.share(call.hook, now)
            if former is None or due < former:
                self._timeline.drop(call)
                self._timeline.at(due, lambda: self._overdue(call, due), about=call)

    def _settle(self, call: HookCall, error: BaseException | None, first: BaseException | None) -> None:
        """Report to the lifecycle how a hook ended: ``error`` is what it raised, ``first`` what made it fail."""
        if call.hook == "on_start" and error is None:
            self.lifecycle.settle(call.in_flight)  # a started application is owed a stop, even if a callback failed
            if first is not None and self.lifecycle.state is AdaptorState.STARTED:
                self.lifecycle.fail(cause=describe_error(first))
        elif call.is_skipped:
            self.lifecycle.skip(call.in_flight, cause=NO_ADAPTOR)
        else:
            self.lifecycle.settle(call.in_flight, error=None if first is None else describe_error(first))

    def _abandon(self, call: HookCall, cause: Cause) -> None:
        _forgive(call, None)
        self._leave(call)
        self._effects.abandon(call)
        self.lifecycle.abandon(call.in_flight, cause=cause.text)
        self._conclude(call, call.error, cause)

    def _leave(self, call: HookCall) -> None:
        assert call is self._call
        self._call = None
        self._timeline.drop(call)

    def _conclude(self, call: HookCall, error: BaseException | None, abandoned: Cause | None = None) -> None:
        """Give the request of an ended hook its outcome, and continue."""
        if call.is_work:
            outcome = self._outcome(call, error, abandoned)
            if call.hook == "on_start" and not outcome.succeeded:
                self._shutdown.await_failed_start(call.request, outcome)
                self._end_within(self._deadlines.stop)
            else:
                self._finish(call.request, outcome)
        elif abandoned is not None:
            self._shutdown.fail(Outcome(TIMED_OUT, abandoned.text))
        elif error is not None:
            self._shutdown.fail(Outcome(FAILED, f"{call.hook} raised {describe_error(error)}"))
        self._advance()

    def _outcome(self, call: HookCall, error: BaseException | None, abandoned: Cause | None) -> Outcome:
        if self._cause is not None and call.error is None:
            return self._cause.outcome(call.hook, "" if abandoned is None else abandoned.text)
        if error is not None:
            return Outcome(FAILED, f"{call.hook} failed: {describe_error(error)}")
        return Outcome()

    def _advance(self) -> None:
        """Take the next step toward the end of the session, if it must end and nothing is in flight."""
        if self._call is not None or not self._shutdown.is_wanted:
            return
        request = self._shutdown.begin()
        if request is not None:
            self._begin(request)  # only now: the hook in flight before owned the stream
        if self._timeline.first(_ON_CANCEL) is not None:
            return
        if self.is_over:
            for request, outcome in self._shutdown.outcomes():
                self._finish(request, outcome)
            return
        if self.lifecycle.state is AdaptorState.CLEANED:
            self._end_applications()
            return
        trigger = Trigger.STOP if self.lifecycle.stop_owed else Trigger.CLEANUP
        in_flight = self.lifecycle.begin(trigger)
        due = self._shutdown.share(in_flight.hook, self._clock())
        self._call_hook(HookCall(in_flight, self._shutdown.request), due)

    def _end_applications(self) -> None:
        """End the applications that the hooks left, within the remaining time, before reporting the end."""
        if not self._ends_applications:
            self._ends_applications = True
            left = 0.0 if self._shutdown.by is None else self._shutdown.by - self._clock()
            self._effects.end_applications(max(0.0, left))


def _limited(call: HookCall) -> tuple[str, float]:
    """Return the name of the deadline that counts for a hook that works, and when that would have begun."""
    if call.loading_since is not None:
        return "start", call.loading_since
    return call.hook.partition("_")[2], call.in_flight.since + call.loaded_seconds


def _forgive(call: HookCall, raised: BaseException | None) -> None:
    """Forget a callback error that the author saw and after which the hook did something else."""
    if call.error is not None and call.error is not raised and is_observed(call.error):
        call.error = None
