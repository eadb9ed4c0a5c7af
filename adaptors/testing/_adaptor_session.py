"""One session of an adaptor under test, the same wherever it runs."""

from __future__ import annotations

import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from ..adaptors import Outcome
from ..adaptors._outcome import REFUSED, TIMED_OUT, describe_error
from ..ipc._stream.openjd_messages import one_line
from ..statemachine import AdaptorRuntimeError, path
from ._call_outcome import CallOutcome, SessionFailedError, progress_of, statuses_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from ..statemachine import Record
    from ._driver import Driver
    from ._recorded_lines import RecordedLines

LAST_LINES = 25
"""How many lines of the output an error shows."""

_KEPT = 8

opened: deque[weakref.ref[AdaptorSession]] = deque(maxlen=_KEPT)
"""The sessions that were opened last, for the report of a test that fails."""


class Call:
    """A call that was begun and may not have ended.

    Attributes:
        phase: ``start``, ``run``, or ``stop``.
    """

    def __init__(
        self,
        phase: str,
        *,
        wait: Callable[[], CallOutcome],
        checked: Callable[[CallOutcome, bool | None], CallOutcome],
        is_over: Callable[[], bool],
    ) -> None:
        self.phase = phase
        self._wait = wait
        self._checked = checked
        self._is_over = is_over
        self._waiting = threading.Lock()
        self._outcome: CallOutcome | None = None

    def __repr__(self) -> str:
        return f"<Call of {self.phase} {self._outcome or 'in flight'}>"

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self._outcome is not None or self._is_over()

    def result(self, *, check: bool | None = None) -> CallOutcome:
        """Wait until it has ended, and return how. Any thread may call it, repeatedly.

        Args:
            check: Raise if it failed; None for what the session does.

        Raises:
            SessionFailedError: It failed.
        """
        __tracebackhide__ = True
        with self._waiting:
            if self._outcome is None:
                self._outcome = self._wait()
        return self._checked(self._outcome, check)


class _Begun(NamedTuple):
    """A call, and what the session knows of it."""

    call: Call
    ticket: Any
    first_line: int


class AdaptorSession:
    """One session of an adaptor under test, from start to cleanup.

    ``with`` starts it, and always stops it and cleans up. The functions ``session`` and ``daemon_session`` make it.
    """

    def __init__(self, driver: Driver, output: RecordedLines, *, name: str, timeout: float, check: bool) -> None:
        self._driver = driver
        self._output = output
        self._name = name
        self._timeout = timeout
        self._check = check
        self._calls: list[_Begun] = []
        self._outcomes: list[CallOutcome] = []
        self._is_open = False
        self._is_closed = False

    def __repr__(self) -> str:
        return f"<AdaptorSession of {self._name} {self.state}>"

    def __enter__(self) -> AdaptorSession:
        __tracebackhide__ = True
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        if not self._is_closed:
            self.stop(check=self._check and error is None)

    # The calls.

    def start(self, *, check: bool | None = None) -> CallOutcome:
        """Construct the adaptor and call ``on_start``.

        Args:
            check: Raise if it fails; None for what the session does.

        Raises:
            SessionFailedError: It failed; then the session is closed.
            RuntimeError: It was started before, or another session is open in this process.
        """
        __tracebackhide__ = True
        if self._is_open:
            raise RuntimeError("this session was started before; make another one")
        self._is_open = True
        opened.append(weakref.ref(self))
        try:
            try:
                self._driver.open()
            except AdaptorRuntimeError as error:
                outcome = self._keep(CallOutcome(error.exit_code, describe_error(error), "start"))
                self._close()
                return self._checked(outcome, check)
            return self._begin("start").result(check=check)
        except BaseException:
            self._close()
            raise

    def begin_run(self, run_data: Any = None) -> Call:
        """Begin a task, and return at once.

        Args:
            run_data: Its data; None for an empty mapping.
        """
        __tracebackhide__ = True
        return self._begin("run", {} if run_data is None else run_data)

    def run(self, run_data: Any = None, *, check: bool | None = None) -> CallOutcome:
        """Run a task to its end.

        Args:
            run_data: Its data; None for an empty mapping.
            check: Raise if it fails; None for what the session does.

        Raises:
            SessionFailedError: It failed.
        """
        __tracebackhide__ = True
        return self.begin_run(run_data).result(check=check)

    def stop(self, *, check: bool | None = None) -> CallOutcome:
        """Call ``on_stop`` if it is owed, and ``on_cleanup``; then end all that is left.

        Args:
            check: Raise if it fails; None for what the session does.

        Raises:
            SessionFailedError: It failed.
        """
        __tracebackhide__ = True
        try:
            if self._is_closed or not self._calls:  # nothing has begun
                return self._keep(CallOutcome(phase="stop"))
            return self._begin("stop").result(check=check)
        finally:
            self._close()

    def cancel(self, by: str = "SIGTERM") -> CallOutcome:
        """Cancel the task in flight, or the idle session, as a scheduler does.

        Returns when the task and ``on_cancel`` have ended: then an application that was busy has ended, or answered.

        Args:
            by: The name of the signal: ``SIGTERM`` or, on POSIX, ``SIGINT``.

        Returns:
            How the task ended; if none was in flight, the success of the cancel.
        """
        __tracebackhide__ = True
        last = self._calls[-1] if self._calls else None
        in_flight = None if last is None or last.call.is_over else last
        self._driver.cancel(by, None if in_flight is None else in_flight.ticket)
        outcome = CallOutcome(phase="cancel") if in_flight is None else in_flight.call.result(check=False)
        self._driver.wait_cancel_ended(self._timeout)
        return outcome

    def wait_for(self, text: str, timeout: float | None = None) -> str:
        """Wait until a line with ``text`` was printed since the last call began, and return the line.

        Args:
            text: What the line contains.
            timeout: Seconds to wait; None for the timeout of the session.

        Raises:
            SessionFailedError: The call ended without it, or the time is up.
        """
        __tracebackhide__ = True
        last = self._calls[-1] if self._calls else None
        start = 0 if last is None else last.first_line
        seconds = self._timeout if timeout is None else timeout
        found = self._output.wait_for(text, start, seconds, lambda: last is None or last.call.is_over)
        if found is None:
            why = "the call ended without it" if last is None or last.call.is_over else f"not within {seconds:g} s"
            phase = "start" if last is None else last.call.phase
            outcome = CallOutcome(TIMED_OUT, f"waited for a line with {text!r}: {why}", phase)
            raise SessionFailedError(outcome, self._story(outcome))
        return found

    # What has happened.

    @property
    def outcome(self) -> CallOutcome:
        """How the last call that has ended, ended.

        Raises:
            RuntimeError: None has ended.
        """
        if not self._outcomes:
            raise RuntimeError("no call of this session has ended")
        return self._outcomes[-1]

    @property
    def outcomes(self) -> list[CallOutcome]:
        """How each call ended."""
        return list(self._outcomes)

    @property
    def lines(self) -> list[str]:
        """The whole output, as a scheduler gets it."""
        return self._output.slice()

    @property
    def text(self) -> str:
        """The whole output as one text."""
        return "\n".join(self.lines)

    @property
    def progress(self) -> list[float]:
        """All percentages that were reported."""
        return progress_of(self.lines)

    @property
    def statuses(self) -> list[str]:
        """All status messages that were reported."""
        return statuses_of(self.lines)

    @property
    def records(self) -> Sequence[Record]:
        """The records of the lifecycle and of the applications: moves, refused calls, hooks that came too late."""
        return self._driver.records() if self._is_open else ()

    @property
    def transitions(self) -> list[str]:
        """The moves of the adaptor's lifecycle, such as ``start: idle -> started``."""
        return [f"{each.trigger}: {each.source} -> {each.target}" for each in self._moves()]

    @property
    def state(self) -> str:
        """The state of the adaptor's lifecycle."""
        states = path(self._moves())
        return states[-1] if states else "idle"

    @property
    def application(self) -> str | None:
        """The state of the application, such as ``ready``; None before it was launched, or if the adaptor has none."""
        states = [each.target for each in self.records if each.machine == "application"]
        return states[-1] if states else None

    @property
    def application_path(self) -> list[str]:
        """The states of the application since its first launch, in order: ``loading``, ``ready``, and so on."""
        return [each.target for each in self.records if each.machine == "application" and each.kind == "transition"]

    @property
    def application_pids(self) -> list[int]:
        """The process ids of the applications that are running."""
        return self._driver.application_pids() if self._is_open and not self._is_closed else []

    # Inside.

    def _moves(self) -> list[Record]:
        return [each for each in self.records if each.kind == "transition" and each.machine == "adaptor"]

    def _begin(self, phase: str, run_data: Any = None) -> Call:
        __tracebackhide__ = True
        if not self._is_open:
            raise RuntimeError("this session was not started; call start(), or use it in a 'with' block")
        first_line, began = len(self._output), time.monotonic()
        ticket = Outcome(REFUSED, "the session is closed") if self._is_closed else self._driver.begin(phase, run_data)
        call = Call(
            phase,
            wait=lambda: self._wait(phase, ticket, first_line, began),
            checked=self._checked,
            is_over=lambda: isinstance(ticket, Outcome) or self._driver.is_over(ticket),
        )
        self._calls.append(_Begun(call, ticket, first_line))
        return call

    def _wait(self, phase: str, ticket: Any, first_line: int, began: float) -> CallOutcome:
        found = ticket if isinstance(ticket, Outcome) else self._awaited(phase, ticket)
        lines = tuple(self._output.slice(first_line))
        seconds = time.monotonic() - began
        return self._keep(CallOutcome(found.exit_code, one_line(found.message), phase, seconds, lines))

    def _awaited(self, phase: str, ticket: Any) -> Outcome:
        patience = self._driver.patience(phase)
        found = self._driver.wait(ticket, patience)
        return found or Outcome(TIMED_OUT, f"{phase} has not ended within {patience:g} s")

    def _keep(self, outcome: CallOutcome) -> CallOutcome:
        self._outcomes.append(outcome)
        return outcome

    def _checked(self, outcome: CallOutcome, check: bool | None) -> CallOutcome:  # noqa: FBT001  as `Call` passes it
        __tracebackhide__ = True
        if not outcome.succeeded and (self._check if check is None else check):
            raise SessionFailedError(outcome, self._story(outcome))
        return outcome

    def _close(self) -> None:
        if self._is_open and not self._is_closed:
            self._is_closed = True
            self._driver.close()

    def _story(self, outcome: CallOutcome) -> str:
        said = f": {outcome.message}" if outcome.message else ""
        parts = [f"{outcome.phase} of {self._name} failed with exit code {outcome.exit_code}{said}"]
        if self._outcomes:
            calls = ", ".join(f"{each.phase} {each.exit_code} ({each.seconds:.2f} s)" for each in self._outcomes)
            parts.append(f"  calls with their exit codes: {calls}")
        states = path(self._moves())
        if states:
            parts.append(f"  path: {' -> '.join(states)}")
        odd = [each for each in self.records if each.kind != "transition"]
        parts += [f"  {each.kind}: {each.trigger} in {each.target}: {each.cause or each.hook or ''}" for each in odd]
        lines = self.lines
        if lines:
            shown = lines[-LAST_LINES:]
            parts.append("  output:" if len(shown) == len(lines) else f"  last {len(shown)} of {len(lines)} lines:")
            parts += [f"    {line}" for line in shown]
        else:
            parts.append("  no output")
        return "\n".join(parts)
