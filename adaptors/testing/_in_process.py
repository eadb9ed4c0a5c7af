"""Run a session under test in this process, on threads of its own."""

from __future__ import annotations

import sys
import threading
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from ..adaptors import AdaptorRunner, Outcome
from ..adaptors._hosting.session_setup import prepare
from ..adaptors._messages.emitter import Emitter
from ..adaptors._messages.message_pace import MessagePace
from ..adaptors._messages.redaction import redaction
from ..adaptors._paths.mapping import read_rules
from ..adaptors.processes import _registry as registry
from ..ipc._errors import BadInputError
from ..ipc._processes import guardian
from ..ipc._stream.openjd_messages import failure_line
from ..ipc._stream.printer import FAILURES, printed
from ._json_data import as_json
from ._limits import capped, patience
from ._routed_output import RoutedOutput
from ._surroundings import configuration_file, only_session, same_environment_afterwards

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from adaptor_runtime_client._messages import Message, Result

    from ..adaptors import BaseAdaptor, Deadlines
    from ..adaptors._hosting.session_setup import SessionSetup
    from ..adaptors._session.request import SessionRequest
    from ..statemachine import Record
    from ._recorded_lines import RecordedLines
    from ._session_options import SessionOptions

_CLOSE_SECONDS = 5.0
"""How long the rest of a session that was not stopped may take."""

_THREAD_SECONDS = 2.0


class _RecordingStream:
    """The stream of a session that records it: the lines that a command would print, and the results."""

    def __init__(self, output: RecordedLines) -> None:
        self.ended: set[str] = set()
        self._output = output

    def begin(self, stream_id: str) -> None:
        """Ignore the beginning of a request: it prints nothing."""

    def emit(self, message: Message, body: bytes = b"") -> None:
        """Record one event."""
        self._output.add(printed(message, body))

    def end(self, stream_id: str, result: Result) -> None:
        """Record that a request has ended, with the line that a command prints for a failure."""
        if result.exit_code in FAILURES:
            self._output.add(f"{failure_line(result.message)}\n".encode("utf-8", "backslashreplace"))
        self.ended.add(stream_id)
        self._output.wake()


class InProcess:
    """Run a session in this process. Its hooks are called on a thread of their own, as always.

    Args:
        adaptor: The class, or an instance, which has its data already.
        output: Records what it prints.
        options: What the test gives.
    """

    def __init__(
        self,
        adaptor: type[BaseAdaptor[Any]] | BaseAdaptor[Any],
        output: RecordedLines,
        options: SessionOptions,
    ) -> None:
        self._class: type[BaseAdaptor[Any]] = adaptor if isinstance(adaptor, type) else type(adaptor)
        self._instance = None if isinstance(adaptor, type) else adaptor
        self._options = options
        self._output = output
        self._stream = _RecordingStream(output)
        self._open = ExitStack()
        self._runner: AdaptorRunner | None = None
        self._thread: threading.Thread | None = None
        self._is_served = False
        self._numbers: dict[str, int] = {}

    def open(self) -> None:
        """Take over what a session needs of this process, and begin to serve."""
        with ExitStack() as stack:
            stack.enter_context(only_session())
            variables = stack.enter_context(configuration_file(self._class.__name__, self._options.configuration))
            stack.enter_context(same_environment_afterwards({**self._options.environment, **variables}))
            setup = self._prepare()
            stack.callback(redaction.forget)
            emitter = stack.enter_context(self._emitting(setup))
            stack.enter_context(_own_guardian())
            self._runner = AdaptorRunner(
                self._instance,
                factory=None if self._instance is not None else setup.factory(),
                after_construction=partial(setup.complete, emitter),
                emitter=emitter,
                deadlines=setup.deadlines,
                check_run_data=setup.checks.check_run_data,
            )
            stack.callback(self._end)
            self._is_served = True
            self._thread = threading.Thread(target=self._serve, name="adaptor session", daemon=True)
            self._thread.start()
            self._open = stack.pop_all()

    def _prepare(self) -> SessionSetup:
        data: dict[str, Any] = self._options.init_data
        if self._instance is not None:
            data = object.__getattribute__(self._instance, "__dict__").get("init_data") or {}
        try:
            read_rules(self._options.path_mapping_rules)
        except ValueError as error:
            raise BadInputError(f"the path mapping rules: {error}") from None
        return prepare(
            self._class,
            data,
            self._options.path_mapping_rules,
            capped(self._class, self._options.deadlines, self._options.timeout),
        )

    @contextmanager
    def _emitting(self, setup: SessionSetup) -> Iterator[Emitter]:
        # Each value is recorded, so that a test does not depend on how fast it runs.
        emitter = Emitter(self._stream, setup.levels, MessagePace(self._stream.emit, at_once=sys.maxsize))
        standard_output = RoutedOutput(emitter.output)
        former_output = registry.output()
        standard_output.start()
        emitter.install()
        registry.set_output(emitter.output, standard_output.flush)
        try:
            yield emitter
        finally:
            registry.set_output(former_output)
            emitter.uninstall()
            standard_output.restore()

    def _serve(self) -> None:
        assert self._runner is not None
        try:
            self._runner.serve()
        finally:
            self._is_served = False  # not when the thread is gone, of which nothing tells
            self._output.wake()

    def begin(self, phase: str, run_data: Any = None) -> SessionRequest | Outcome:
        """Begin a call. A stop of a session that is over succeeds, as that of a daemon that has ended."""
        assert self._runner is not None
        number = self._numbers[phase] = self._numbers.get(phase, 0) + 1
        name = phase if number == 1 else f"{phase}-{number}"
        if phase == "run":
            return self._runner.run(as_json(run_data), f"task-{number}")
        if phase == "start":
            return self._runner.start(name)
        return self._runner.stop(stream_id=name) if self._is_served else Outcome()

    def wait(self, ticket: SessionRequest, seconds: float) -> Outcome | None:
        """Wait for the outcome of a call."""
        assert self._runner is not None
        self._output.wait_until(lambda: self.is_over(ticket) or not self._is_served, seconds)
        if self.is_over(ticket):
            return ticket.outcome
        return None if self._is_served else self._runner.wait(ticket)  # the session is over, so it is refused

    def is_over(self, ticket: SessionRequest) -> bool:
        """Return whether the result of a call was recorded."""
        return ticket.stream_id in self._stream.ended

    def cancel(self, by: str, ticket: SessionRequest | None) -> None:
        """Cancel a call, or the idle session; return when the session knows."""
        assert self._runner is not None
        known = threading.Event()
        self._runner.cancel(by, task_id=None if ticket is None else ticket.task_id)
        self._runner.post(known.set)
        known.wait(_CLOSE_SECONDS if self._is_served else 0)

    def wait_cancel_ended(self, seconds: float) -> None:
        """Wait until ``on_cancel`` has ended."""
        assert self._runner is not None
        if self._is_served:
            self._runner.wait_cancel_ended(seconds)

    def patience(self, phase: str) -> float:
        """Return how long a call may take in all."""
        return patience(self._deadlines, phase, self._options.timeout)

    @property
    def _deadlines(self) -> Deadlines:
        assert self._runner is not None
        return self._runner.deadlines

    def records(self) -> Sequence[Record]:
        """Return the records of the lifecycle and of the applications."""
        return () if self._runner is None else self._runner.records

    def application_pids(self) -> list[int]:
        """Return the process ids of the running applications."""
        return [application.pid for application in registry.live()]

    def close(self) -> None:
        """End what is left of the session, and give this process back."""
        self._open.close()

    def _end(self) -> None:
        assert self._runner is not None
        assert self._thread is not None
        if self._is_served:
            self._runner.cancel("the end of the test", 0.0)
            self._runner.stop(_CLOSE_SECONDS, "end of the test")
        self._thread.join(_CLOSE_SECONDS + _THREAD_SECONDS)
        self._runner.close()
        self._runner.join(_THREAD_SECONDS)


@contextmanager
def _own_guardian() -> Iterator[None]:
    """Afterwards, end the guardian that the session has started."""
    was_running = guardian.is_running()
    try:
        yield
    finally:
        if not was_running:
            guardian.close()
