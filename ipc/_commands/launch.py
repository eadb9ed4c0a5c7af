"""Start a daemon: claim its connection file, start its interpreter, and wait for the message that it is ready.

All parameters of the daemon go through a pipe to its standard input, not into its arguments, where everybody could read
them. Readiness is one line on a pipe that it inherits. This module waits neither for the end of that pipe nor for the
end of the output: a helper that an import of the adaptor started may hold both.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from adaptor_runtime_client import __version__
from adaptor_runtime_client._messages import Environment, Output, Result

from .._errors import BadInputError, NoDaemonError, NoThreadError, SystemRefusalError
from .._files import connection_file, lifeline, session_directory
from .._files.connection_file import ConnectionInfo
from .._files.host import this_host
from .._own_process.runtime_thread import RuntimeThread
from .._own_process.signals import SignalRecord, next_event
from .._processes.application_mark import marked_environment, start_mark_of
from .._processes.end_request import askable
from .._processes.process_identity import check_process_table, start_time
from .._processes.spawn import end_rest, inherited, let_live, spawn_daemon
from .._processes.worker import find_worker
from .._stream.printer import FAILURES
from .cancel_deadline import cancel_seconds
from .frontend import PATH_VARIABLE, Frontend
from .marked_pipe import MarkedPipe
from .recovery import clean_up_after_loss

if TYPE_CHECKING:
    from typing import Callable

    from .._files.session_directory import SessionDirectory
    from .._stream.printer import Printer

END_SECONDS = 30.0
"""How long to wait for the output of a daemon that failed to start."""

MARGIN = 15.0
"""Extra seconds for a daemon to end a session that failed to start."""


def start_daemon(
    path: str | None,
    command: list[str],
    parameters: dict[str, Any],
    printer: Printer,
    began: float,
    *,
    adaptor: str = "",
    announce: bool = True,
) -> Result:
    """Start a daemon and its session; return how ``on_start`` ended.

    If it failed, the daemon has cleaned up and exited, and the connection file says so for the ``daemon stop`` that a
    scheduler still runs.

    Args:
        path: The connection file to claim; None for one in the session directory.
        command: The author's entry point, to which the hidden daemon command is appended.
        parameters: The parameters of the daemon: init data, path mapping rules, journal.
        printer: Shows the output of the daemon and the adaptor.
        began: Wall clock time at which this command began, in seconds.
        adaptor: The name of the adaptor in the connection file.
        announce: Make the scheduler pass the connection file to the commands that follow.

    Raises:
        AdaptorRuntimeError: The connection file cannot be claimed.
    """
    check_process_table()
    directory = _make_directory()
    path = path or os.path.join(directory.path, "connection.json")
    here = this_host()
    connection = ConnectionInfo(
        socket=directory.socket("daemon"),
        key=os.urandom(32).hex(),
        pid=os.getpid(),
        start_time=start_time(os.getpid()) or 0.0,
        release=__version__,
        session_directory=directory.path,
        adaptor=adaptor,
        host=here.name,
        boot=here.boot,
        namespace=here.namespace,
    )
    try:
        lifeline.hold(connection.lifeline)
        former = connection_file.claim(path, connection)
    except BaseException:
        session_directory.remove(directory)
        raise
    number = None if former is None else clean_up_after_loss(former, printer)
    parameters = {
        **parameters,
        "connection_file": path,
        "connection": connection._asdict(),
        "directory": list(directory),
        "worker": find_worker(),
    }
    failure = _Launch(command, parameters, printer, began).wait_ready() if number is None else _canceled(number)
    if failure is not None:
        failed = connection._replace(state=connection_file.OVER, message=failure.message)
        connection_file.write(path, failed)
        session_directory.remove(directory)
        return failure
    lifeline.let_go(directory.path)  # the daemon holds its own now, and this process may be a program that goes on
    return _start_session(path, printer, began, announce=announce)


def _make_directory() -> SessionDirectory:
    try:
        directory = session_directory.create()
        os.fsencode(directory.path).decode("utf-8")
        return directory
    except UnicodeDecodeError:
        session_directory.remove(directory)
        raise BadInputError(
            f"the session directory {directory.path!a} cannot be announced, because its name is not UTF-8: set TMPDIR"
        ) from None
    except OSError as error:
        raise BadInputError(
            f"cannot create a session directory in the temporary directory: {error}; set TMPDIR"
        ) from None


def _start_session(path: str, printer: Printer, began: float, *, announce: bool) -> Result:
    connection = connection_file.read(path)
    try:
        result = Frontend(path, printer, began).start()
    except (NoDaemonError, RuntimeError) as error:
        if not connection.is_alive():
            raise
        return _give_up(path, connection, printer, began, str(error))
    if result.exit_code in FAILURES and not result.state:  # it has refused, and is idle
        return _give_up(path, connection, printer, began, result.message)
    if result.exit_code in FAILURES:
        connection.wait_gone((connection.stop_seconds or 0.0) + MARGIN)
    elif result.exit_code != 0:  # canceled: the daemon may not be able to hear of that
        connection.wait_gone(cancel_seconds(began))
    elif announce:
        printer.emit(Environment("set", PATH_VARIABLE, path))
    return result


def _give_up(path: str, connection: ConnectionInfo, printer: Printer, began: float, why: str) -> Result:
    """End a daemon that is ready and cannot be asked to start: nobody else knows of it."""
    from .stop import stop_daemon

    try:
        stop_daemon(path, printer, began)
    except (NoDaemonError, BadInputError):
        pass  # it has ended by itself meanwhile
    failure = Result(1, f"cannot ask the daemon to start: {why}", "")
    connection_file.write(path, connection._replace(state=connection_file.OVER, message=failure.message))
    return failure


class _Launch:
    """One attempt to get a daemon ready."""

    def __init__(self, command: list[str], parameters: dict[str, Any], printer: Printer, began: float) -> None:
        self._command = command
        self._environment = askable(marked_environment(dict(os.environ), start_mark_of(parameters["directory"][0])))
        self._parameters = parameters
        self._printer = printer
        self._began = began
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._last_line = ""

    def wait_ready(self) -> Result | None:
        """Return None when the daemon is ready, else how it failed; then nothing of it is left."""
        try:
            return self._with_last_line(self._wait_with_pipes())
        except (OSError, NoThreadError) as error:
            return Result(1, f"cannot start the daemon: {SystemRefusalError.of(error)}", "")

    def _wait_with_pipes(self) -> Result | None:
        with ExitStack() as open_pipes:
            ready, output = MarkedPipe(), MarkedPipe()
            open_pipes.callback(ready.close)
            open_pipes.callback(output.close)
            with SignalRecord(self._events.put):
                return self._wait_ready(ready, output)

    def _wait_ready(self, ready: MarkedPipe, output: MarkedPipe) -> Result | None:
        self._parameters["ready"] = inherited(ready.write_end)
        command = [*self._command, "daemon", "_serve"]
        child = spawn_daemon(command, self._environment, output.write_end, ready.write_end)
        reading: list[RuntimeThread] = []
        try:
            _thread("parameters", self._send_parameters, child)
            _thread("end", _end_with, child, ready)
            reading.append(_thread("output", self._read_output, output))
            reading.append(_thread("ready", self._read_ready, ready))
        except NoThreadError:
            child.kill()
            child.wait()
            end_rest(child)
            self._end_reading(reading, ready, output, is_canceled=False)
            raise
        failure = self._judge(child, next_event(self._events, None))
        if failure is None:
            let_live(child)
        else:
            child.wait()
            end_rest(child)
        is_canceled = failure is not None and failure.exit_code not in FAILURES
        self._end_reading(reading, ready, output, is_canceled=is_canceled)  # the daemon flushed before it was ready
        return failure

    def _end_reading(self, threads: list[RuntimeThread], *pipes: MarkedPipe, is_canceled: bool) -> None:
        """Wait until everything was shown; after a cancel, not for a reader that takes nothing."""
        for pipe in pipes:
            pipe.end()
        since = time.monotonic()
        for thread in threads:
            while is_canceled and thread.is_alive():
                left = self._printer.reader_due(since) - time.monotonic()
                if left <= 0:
                    self._printer.give_up()
                    return
                thread.join(left)
            thread.join()

    def _judge(self, child: subprocess.Popen[bytes], event: Any) -> Result | None:
        if isinstance(event, int):
            self._end(child)
            return _canceled(event)
        if isinstance(event, dict):
            error = event.get("error")
            return None if error is None else Result(int(event.get("exit_code", 1)), str(error), "")
        child.wait()
        return Result(1, f"the daemon ended with {_exit_text(child.returncode)} before it was ready", "")

    def _with_last_line(self, failure: Result | None) -> Result | None:
        if failure is None or failure.exit_code != 1 or not self._last_line or self._last_line in failure.message:
            return failure
        return failure._replace(message=f"{failure.message}: {self._last_line}")

    def _end(self, child: subprocess.Popen[bytes]) -> None:
        from .._processes.process_tree import terminate_child  # few starts are canceled

        terminate_child(child, self._environment)
        try:
            child.wait(timeout=max(0.5, cancel_seconds(self._began) - 1.0))
        except subprocess.TimeoutExpired:
            child.kill()

    def _send_parameters(self, child: subprocess.Popen[bytes]) -> None:
        assert child.stdin is not None
        try:
            with child.stdin as pipe:
                pipe.write(json.dumps(self._parameters).encode("ascii"))
        except OSError:
            pass  # it died first, which the readiness pipe reports

    def _read_output(self, output: MarkedPipe) -> None:
        rest = b""
        for block in output.blocks():
            whole, newline, rest = (rest + block).rpartition(b"\n")
            self._show(whole + newline)
        self._show(rest and rest + b"\n")

    def _show(self, block: bytes) -> None:
        if block:
            block = block.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            said = [line for line in block.split(b"\n") if line.strip()]
            self._last_line = said[-1].decode("utf-8", "backslashreplace").strip() if said else self._last_line
            self._printer.emit(Output("stderr"), block)

    def _read_ready(self, ready: MarkedPipe) -> None:
        line = b""
        for block in ready.blocks():
            line += block
            if line.endswith(b"\n"):  # the daemon writes one line
                break
        try:
            self._events.put(json.loads(line))
        except ValueError:
            self._events.put(None)


def _thread(name: str, target: Callable[..., object], *arguments: object) -> RuntimeThread:
    thread = RuntimeThread(target=target, args=arguments, name=name)
    thread.start()
    return thread


def _end_with(child: subprocess.Popen[bytes], ready: MarkedPipe) -> None:
    """End the readiness pipe when the daemon exits; what it wrote comes before the mark."""
    child.wait()
    ready.end()


def _canceled(number: int) -> Result:
    code = 130 if number == signal.SIGINT else 143
    return Result(code, f"canceled by {signal.Signals(number).name} before the daemon was ready", "")


def _exit_text(returncode: int) -> str:
    if returncode >= 0:
        return f"exit code {returncode}"
    try:
        return signal.Signals(-returncode).name
    except ValueError:
        return f"signal {-returncode}"
