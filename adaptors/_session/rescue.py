"""The end of a session whose own decisions failed: despite a defect of the runtime, stop and cleanup follow."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Optional

import attrs

from ...statemachine import AdaptorState, Trigger
from .._outcome import FAILED, REFUSED, Cause, Outcome, TaskCanceledError, describe_error
from .cancel_time import until_kill
from .request import NO_ADAPTOR, WORK, HookCall, SessionRequest
from .shutdown import Shutdown
from .timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Callable

    from ...statemachine import InFlight, Lifecycle
    from .._deadlines import Deadlines
    from .effects import Effects

ATTEMPTS = 2
"""How often to try an effect. An error, such as a lack of memory, may not recur."""

LIMIT = 100
"""How many more errors may happen before the session is given up."""

_STOP, _CANCEL = 230.0, 20.0  # in case the deadlines themselves are wrong


@attrs.frozen
class Remains:
    """What a session hands over when its decisions fail.

    Attributes:
        lifecycle: The lifecycle, which knows what is in flight and owed.
        effects: Carries out decisions.
        deadlines: The limits of each phase.
        clock: The monotonic clock, in seconds.
        call: The last hook call.
        cause: Why the session was canceled or failed before, if so.
        ends_by: When the session must have ended, if known.
        on_cancel_until: How long to wait for ``on_cancel``; None if it is not in flight.
        on_cancel_called: Whether it was called.
    """

    lifecycle: Lifecycle
    effects: Effects
    deadlines: Deadlines
    clock: Callable[[], float]
    call: Optional[HookCall]
    cause: Optional[Cause]
    ends_by: Optional[float]
    on_cancel_until: Optional[float]
    on_cancel_called: bool


class Rescue:
    """Replace a session and bring it to its end. It decides as little as possible, and raises nothing.

    The hook in flight is interrupted; then ``on_stop`` follows if it is owed, then ``on_cleanup``. Requests that still
    wait for an outcome get that of the defect, unless the session was canceled before.

    Args:
        remains: What is left of the session.
        defect: The first error.
        requests: The unfinished requests.

    Attributes:
        outcome: The outcome of the defect.
        cause: Why the session has ended.
        is_given_up: So many more errors happened that nothing else can be done.
    """

    def __init__(self, remains: Remains, defect: BaseException, requests: Iterable[SessionRequest]) -> None:
        self.lifecycle = remains.lifecycle
        self.outcome = Outcome(FAILED, f"a defect of the runtime: {describe_error(defect)}")
        self.cause = remains.cause or Cause(self.outcome.message, FAILED)
        self._former_cause = remains.cause
        self._remains = remains
        self._effects = remains.effects
        self._clock = remains.clock
        self._call = remains.call
        self._requests = list(requests) or [SessionRequest("defect")]
        self._failed_before = None if remains.call is None else remains.call.raised
        self._timeline = Timeline()
        self._start: tuple[SessionRequest, Outcome] | None = None
        self._settled: list[HookCall] = []
        self._shutdown = Shutdown(_seconds(remains.deadlines.cleanup, math.inf))
        self._on_cancel_until = remains.on_cancel_until
        self._errors = 0
        self.is_given_up = False
        self._guarded(self._begin)

    # Requests to a session, and events in it.

    def start(self, request: SessionRequest) -> None:
        """Refuse it."""
        self._guarded(self._refuse, request, Trigger.START)

    def run(self, request: SessionRequest, _run_data: Any) -> None:
        """Refuse it."""
        self._guarded(self._refuse, request, Trigger.RUN)

    def reject(self, request: SessionRequest, outcome: Outcome) -> None:
        """Refuse a task with invalid data."""
        self._guarded(self._finish, request, outcome)

    def stop(self, request: SessionRequest, seconds: float | None = None) -> None:
        """Make the request wait for the end, and hurry if it asks for that."""
        self._guarded(self._stop, request, seconds)

    def cancel(self, _cause: Cause, seconds: float | None = None, _task_id: str | None = None) -> None:
        """End sooner."""
        self._guarded(self._hurry, _seconds(seconds, _seconds(self._remains.deadlines.cancel, _CANCEL)))

    def hook_ended(self, call: HookCall, error: BaseException | None) -> None:
        """Settle a hook, and go on."""
        self._guarded(self._settle, call, error)

    def on_cancel_ended(self) -> None:
        """Continue if that was waited for."""
        self._on_cancel_until = None
        self._guarded(self._advance)

    def callback_failed(self, error: BaseException) -> None:
        """Change nothing: the first cause counts."""

    def application_lost(self, message: str) -> None:
        """Change nothing: the first cause counts."""

    def load_began(self) -> None:
        """Change nothing: its own limits count."""

    def load_ended(self) -> None:
        """Change nothing."""

    def applications_ended(self) -> None:
        """Change nothing: remaining applications end with the runner."""

    def tick(self) -> None:
        """Run due actions."""
        self._guarded(lambda: self._timeline.call_due(self._clock()))

    def next_due(self) -> float | None:
        """Return the clock reading at which ``tick`` has something to do, or None."""
        return self._timeline.first()

    def dues(self) -> dict[str, float]:
        """Return nothing: it shows no limits."""
        return {}

    @property
    def on_cancel_since(self) -> float | None:
        """Nothing: it does not show it."""
        return None

    @property
    def is_over(self) -> bool:
        """Whether nothing can follow."""
        return self.is_given_up or self.lifecycle.state is AdaptorState.CLEANED

    @property
    def end_failure(self) -> Outcome | None:
        """What went wrong first while the session ended."""
        return self.outcome

    def fail(self, _error: BaseException) -> None:
        """Record another error, wherever it was raised. Too many errors end the session."""
        self._errors += 1
        if self._errors > LIMIT:
            self.is_given_up = True
            for request in self._requests:
                request.outcome = request.outcome or self.outcome

    # How it is decided.

    def _guarded(self, decide: Callable[..., object], *arguments: Any) -> None:
        try:
            decide(*arguments)
        except BaseException as error:  # noqa: BLE001  no caller is left to catch it
            self.fail(error)
            self._timeline.at(0.0, self._advance, about=self)

    def _try(self, effect: Callable[..., object], *arguments: Any, **options: Any) -> bool:
        for _ in range(ATTEMPTS):
            try:
                effect(*arguments, **options)
            except BaseException as error:  # noqa: BLE001
                self.fail(error)
            else:
                return True
        return False

    def _begin(self) -> None:
        if self.lifecycle.state in (AdaptorState.IDLE, AdaptorState.STARTED, AdaptorState.RUNNING):
            self.lifecycle.fail(cause=self.outcome.message)
        if self._remains.ends_by is not None:
            self._shutdown.hurry(self._remains.ends_by)
        call, in_flight = self._call, self.lifecycle.in_flight
        if in_flight is None:
            self._call = None
            if call is not None and call.is_work:
                self._conclude(call)
        elif call is None or call.in_flight is not in_flight or not (call.is_called or call.has_ended):
            self._take_up(in_flight, call)
        elif call.has_ended:
            self._settle(call, call.raised)
        else:
            self._end_soon(call)
        self._advance()

    def _take_up(self, in_flight: InFlight, call: HookCall | None) -> None:
        """Handle a hook that the lifecycle knows of but that was never called."""
        if call is None or call.in_flight is not in_flight:
            call = HookCall(in_flight, self._requests[0])
        if call.hook in WORK:
            self._call = call
            self._settle(call, TaskCanceledError(f"{call.hook} was not called: {self.outcome.message}"))
        else:
            self._call_hook(call)

    def _end_soon(self, call: HookCall) -> None:
        """End the hook in flight within its time."""
        if not call.is_work:
            self._set_due(call)
            return
        seconds = _seconds(self._remains.deadlines.cancel, _CANCEL)
        if not self._remains.on_cancel_called:
            self._on_cancel_until = self._clock() + seconds
            if not self._try(self._effects.call_on_cancel, until_kill(seconds)):
                self._on_cancel_until = None
        self._try(self._effects.interrupt, TaskCanceledError(self.outcome.message))
        self._escalate(call, seconds)

    def _escalate(self, call: HookCall, seconds: float) -> None:
        now, at = self._clock(), self._timeline.at
        self._timeline.drop(call)
        ask, kill = seconds / 3, until_kill(seconds)
        at(now + ask, lambda: self._try(self._effects.terminate_applications, kill - ask), about=call)
        at(now + kill, lambda: self._try(self._effects.kill_applications), about=call)
        at(now + seconds, lambda: self._abandon(call), about=call)

    def _set_due(self, call: HookCall) -> None:
        now = self._clock()
        if self._shutdown.by is None:
            self._shutdown.hurry(now + _seconds(self._remains.deadlines.stop, _STOP))
        self._timeline.drop(call)
        self._timeline.at(self._shutdown.share(call.hook, now), lambda: self._abandon(call), about=call)

    def _hurry(self, seconds: float) -> None:
        now, call = self._clock(), self._call
        if self._on_cancel_until is not None:
            self._on_cancel_until = min(self._on_cancel_until, now + seconds)
        if call is not None and call.is_work:
            last = self._timeline.last(call)
            if last is None or now + seconds < last:
                self._escalate(call, seconds)
            return
        self._shutdown.hurry(now + seconds)
        if call is not None:
            self._set_due(call)
        self._advance()

    def _stop(self, request: SessionRequest, seconds: float | None) -> None:
        if request not in self._requests:
            self._requests.append(request)
        if self.is_over:
            self._finish(request)
        elif seconds is not None:
            self._hurry(max(0.0, seconds))

    def _refuse(self, request: SessionRequest, trigger: Trigger) -> None:
        if request not in self._requests:
            self.lifecycle.refuse(trigger, cause=self.outcome.message, task_id=request.task_id)
            self._finish(request, Outcome(REFUSED, f"the session ends: {self.outcome.message}"))

    def _abandon(self, call: HookCall) -> None:
        if call is self._call:
            self._leave(call)
            self._try(self._effects.kill_applications)
            self._try(self._effects.abandon, call)
            self.lifecycle.abandon(call.in_flight, cause=f"{call.hook} did not end in time")
            self._conclude(call)
            self._advance()

    def _settle(self, call: HookCall, error: BaseException | None) -> None:
        if call in self._settled:
            return  # its end was known before the report
        self._settled.append(call)
        if call is self._call:
            self._leave(call)
            if error is not None:
                self._try(self._effects.report, call, error, expected=call.is_work)
        if call.is_skipped:
            self.lifecycle.skip(call.in_flight, cause=NO_ADAPTOR)
        else:
            self.lifecycle.settle(call.in_flight, error=None if error is None else describe_error(error))
        self._conclude(call)
        self._advance()

    def _leave(self, call: HookCall) -> None:
        self._call = None
        self._timeline.drop(call)

    def _conclude(self, call: HookCall) -> None:
        """Give a task its outcome. A start gets its outcome when everything is over."""
        if call.hook == "on_run":
            self._finish(call.request, self._outcome_of(call))
        elif call.hook == "on_start":
            self._start = (call.request, self._outcome_of(call))

    def _outcome_of(self, call: HookCall) -> Outcome:
        if self._former_cause is not None:
            return self._former_cause.outcome(call.hook)
        if call is self._remains.call and self._failed_before is not None:
            return Outcome(FAILED, f"{call.hook} failed: {describe_error(self._failed_before)}")
        return self.outcome

    def _advance(self) -> None:
        """Take the next step, if nothing is in flight."""
        self._timeline.drop(self)
        if self.is_given_up or self._call is not None:
            return
        stuck = self.lifecycle.in_flight
        if stuck is not None:  # an error intervened
            self.lifecycle.abandon(stuck, cause=self.outcome.message)
        now = self._clock()
        if self._on_cancel_until is not None and now < self._on_cancel_until:
            self._timeline.at(self._on_cancel_until, self._advance, about=self)
            return
        if self.is_over:
            self._finish_all()
            return
        if self._shutdown.by is None:
            self._shutdown.hurry(now + _seconds(self._remains.deadlines.stop, _STOP))
        request = self._next_request()
        trigger = Trigger.STOP if self.lifecycle.stop_owed else Trigger.CLEANUP
        self._call_hook(HookCall(self.lifecycle.begin(trigger), request))

    def _next_request(self) -> SessionRequest:
        """Return the request of the next hook, begun."""
        open_ones = [request for request in self._requests if not request.is_finished]
        if not open_ones:
            open_ones = [SessionRequest("defect")]
            self._requests += open_ones
        self._show(open_ones[0])
        return open_ones[0]

    def _call_hook(self, call: HookCall) -> None:
        self._call = call
        call.is_called = self._try(self._effects.call_hook, call)
        if not call.is_called:
            self._settle(call, RuntimeError(f"{call.hook} could not be called"))
        elif not self._try(self._set_due, call):
            self._timeline.at(self._clock() + _STOP, lambda: self._abandon(call), about=call)

    def _finish_all(self) -> None:
        if self._start is not None:
            self._finish(*self._start)
        for request in self._requests:
            self._finish(request)

    def _show(self, request: SessionRequest) -> None:
        if not request.is_begun:
            request.is_begun = True
            self._try(self._effects.begin, request)

    def _finish(self, request: SessionRequest, outcome: Outcome | None = None) -> None:
        if request.is_finished:
            return
        request.outcome = request.outcome or outcome or self.outcome
        request.is_finished = True
        if request.outcome.exit_code != REFUSED:
            self._show(request)
        self._try(self._effects.finish, request)


def _seconds(value: object, default: float) -> float:
    """Return a limit, or the default if it is invalid: a deadline may be the defect."""
    usable = isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0
    return float(value) if usable else default  # type: ignore[arg-type]
