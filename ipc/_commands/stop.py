"""End a daemon, whatever has become of it: what ``daemon stop`` does.

A scheduler runs it once and never again, so when it returns the daemon is gone, with its license: it has stopped by
itself, or it was dead already, or it was killed with everything that it had started.
"""

from __future__ import annotations

import time

from adaptor_runtime_client._messages import Log, Result, Stop

from .._errors import BadInputError, NoDaemonError, SilentDaemonError
from .._files import connection_file
from .._stream import outcomes
from .conversation import Conversation
from .frontend import check_adaptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._files.connection_file import ConnectionInfo
    from .._stream.printer import Printer

MARGIN = 15.0
"""Seconds that a daemon may be late with the end of its session."""

STOP_SECONDS = 230.0
"""How long stop and cleanup may take where a daemon has not said so: one that is being started."""

_CANCELED = (130, 143)
_STREAM = "stop"


def stop_daemon(path: str, printer: Printer, began: float, seconds: float | None = None, adaptor: str = "") -> Result:
    """Have the session stopped and cleaned up; return when the daemon's process has gone and nothing of it is left.

    Where there is nothing to stop any more, since the daemon has failed to start, has ended or has died, what is left
    of it is removed, which is a success.

    Args:
        path: The connection file.
        printer: Shows what the daemon says, and what was found.
        began: Wall clock time at which this command began, in seconds.
        seconds: How long stop and cleanup may take; None for the daemon's own deadline.
        adaptor: The adaptor that the daemon must be of; empty for any.

    Raises:
        NoDaemonError: There is no connection file, the daemon runs elsewhere, or it died before it had stopped.
        BadInputError: The connection file cannot be used, or the daemon is of another adaptor.
    """
    connection = connection_file.read(path)
    check_adaptor(path, connection, adaptor)
    return _Stopping(path, printer, began, seconds or connection.stop_seconds or STOP_SECONDS).stop(connection, seconds)


class _Stopping:
    """One attempt, which always ends: it asks, sends SIGTERM to a daemon that does not answer, and kills it at last."""

    def __init__(self, path: str, printer: Printer, began: float, allowed: float) -> None:
        self._path = path
        self._printer = printer
        self._began = began
        self._allowed = allowed
        self._due = time.monotonic() + allowed + MARGIN

    def stop(self, connection: ConnectionInfo, seconds: float | None) -> Result:
        if connection.state == connection_file.STARTING and connection.is_alive():
            connection = self._end_start(connection)
        if connection.state == connection_file.OVER:
            return self._found_over(connection)
        if not connection.is_alive():
            left = outcomes.read(connection.session_directory, _STREAM)
            self._remove_leftovers(connection)
            if left is not None:
                self._tell("INFO", f"the daemon (process {connection.pid}) has ended already; its files are removed")
                return left
            self._tell("WARNING", f"the daemon (process {connection.pid}) had died; its files are removed")
            return Result(0, "", "cleaned")
        conversation = Conversation(connection, self._printer, self._began, lambda error: self._urge(connection, error))
        try:
            result = conversation.hold(Stop(seconds), self._allowed + MARGIN)
        except SilentDaemonError as error:
            return self._kill(connection, str(error))
        except NoDaemonError:
            if not conversation.is_connected:
                self._urge(connection, f"the daemon (process {connection.pid}) cannot be asked to stop")
            return self._after_loss(connection, conversation.offset)
        return self._wait_gone(connection, conversation.offset, result)

    def _wait_gone(self, connection: ConnectionInfo, offset: int, result: Result) -> Result:
        """See the daemon's process end, which has given its result."""
        if not connection.wait_gone(0 if result.exit_code in _CANCELED else self._left()):
            return self._kill(connection, "the daemon did not end", result)
        over = self._read(connection)
        if over is not None and result.exit_code in _CANCELED:
            self._remove_leftovers(over)  # whoever has canceled this does not wait for what is left of the output
        elif over is not None:
            self._take(over, offset)
        return result

    def _urge(self, connection: ConnectionInfo, error: SilentDaemonError | str) -> None:
        """Have a daemon that does not answer go on, if somebody has halted it, and stop, as soon as it can."""
        from .._processes.process_tree import continue_process, terminate_process

        self._tell("WARNING", f"{error}; it is sent SIGTERM, and SIGCONT in case somebody has halted it")
        terminate_process(connection.pid, connection.start_time)
        continue_process(connection.pid, connection.start_time)

    def _end_start(self, connection: ConnectionInfo) -> ConnectionInfo:
        """End the ``daemon start`` that is under way, which ends what it has started; return what it has left."""
        from .._processes.process_tree import kill_tree, terminate_process

        self._tell("INFO", f"a daemon is being started by process {connection.pid}, which is ended now")
        terminate_process(connection.pid, connection.start_time)
        if not connection.wait_gone(min(self._left(), self._allowed / 2)):
            kill_tree(connection.pid, connection.start_time, 0)
        return self._read(connection) or connection

    def _found_over(self, connection: ConnectionInfo) -> Result:
        """Tell how a session ended that nobody has to stop any more."""
        result = connection.outcome(_STREAM)
        if result is None:
            self._tell("INFO", f"there is no daemon to stop: {connection.message}; its files are removed")
        else:
            self._tell("INFO", f"the session is over already: {connection.message}")
        connection.wait_gone(self._left())
        self._take(connection, 0)
        return result or Result(0, "", "cleaned")

    def _after_loss(self, connection: ConnectionInfo, offset: int) -> Result:
        """Look at what has become of a daemon that broke off: one that ends in order says so in its file."""
        if not connection.wait_gone(self._left()):
            return self._kill(connection, f"the daemon (process {connection.pid}) broke the connection off")
        now = self._read(connection)
        if now is None:
            self._tell("INFO", f"the daemon (process {connection.pid}) has ended meanwhile")
            return Result(0, "", "cleaned")
        result = now.outcome(_STREAM)
        if now.state == connection_file.OVER:
            self._take(now, offset)
            return result or Result(0, "", "cleaned")
        self._remove_leftovers(connection)
        raise NoDaemonError(f"the daemon (process {connection.pid}) died before it had stopped; its files are removed")

    def _take(self, over: ConnectionInfo, offset: int) -> None:
        """Show what is left of the output of a session that is over, and remove its files."""
        if over.view:
            from .left_view import show_left_view

            show_left_view(over, offset, self._printer)
        self._remove_leftovers(over)

    def _kill(self, connection: ConnectionInfo, why: str, result: Result | None = None) -> Result:
        from .._processes.process_tree import kill_tree
        from .recovery import GUARDIAN_SECONDS

        gone = kill_tree(connection.pid, connection.start_time, GUARDIAN_SECONDS)
        self._remove_leftovers(connection, MARGIN)  # the daemon has used up what the scheduler gives
        if not gone:
            return Result(5, f"{why}, and the kernel does not let go of it after SIGKILL", "")
        if result is not None:
            self._tell("WARNING", f"{why}; it was killed with everything that it had started")
            return result
        return Result(5, f"{why}; it was killed with all that it had started, before it had stopped and cleaned up", "")

    def _remove_leftovers(self, connection: ConnectionInfo, seconds: float | None = None) -> None:
        """Clean up after a daemon that is gone and remove its files."""
        from .recovery import clean_up_after_loss

        clean_up_after_loss(connection, self._printer, seconds)
        connection_file.remove(self._path, connection)

    def _read(self, connection: ConnectionInfo) -> ConnectionInfo | None:
        """Return what the file of a daemon says by now; None where it is gone, or another daemon's."""
        try:
            now = connection_file.read(self._path)
        except (NoDaemonError, BadInputError):
            return None
        return now if now.key == connection.key else None

    def _left(self) -> float:
        return max(0.0, self._due - time.monotonic())

    def _tell(self, level: str, text: str) -> None:
        self._printer.emit(Log(level, text, {}))
