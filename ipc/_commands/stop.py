"""End a daemon in any condition: what ``daemon stop`` does.

A scheduler runs it exactly once. When it returns, the daemon and its license are gone: the daemon stopped by itself,
was already dead, or was killed together with its children.
"""

from __future__ import annotations

import time

from adaptor_runtime_client._messages import Log, Result, Stop

from .._errors import BadInputError, NoDaemonError, SilentDaemonError
from .._files import connection_file
from .conversation import Conversation
from .frontend import check_adaptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .._files.connection_file import ConnectionInfo
    from .._stream.printer import Printer
    from .own_adaptor import OwnAdaptor

MARGIN = 15.0
"""Extra seconds for a daemon to end its session."""

LAST_SECONDS = 10.0
"""How long a daemon that was asked with SIGTERM, too, may take before it is killed."""

STOP_SECONDS = 230.0
"""Time limit for stop and cleanup if the daemon, which is still starting, has not set one."""

_CANCELED = (130, 143)
_STREAM = "stop"


def stop_daemon(
    path: str, printer: Printer, began: float, seconds: float | None = None, adaptor: OwnAdaptor | None = None
) -> Result:
    """Stop and clean up the session; return when the daemon has exited and nothing of it is left.

    If the daemon failed to start, has ended, or has died, remove whatever it left; that is a success.

    Args:
        path: The connection file.
        printer: Shows the output of the daemon, and what this command found.
        began: Wall clock time at which this command began, in seconds.
        seconds: Time limit for stop and cleanup; None for the daemon's own deadline.
        adaptor: The adaptor that the daemon must serve; None for any.

    Raises:
        NoDaemonError: The connection file does not exist, the daemon runs elsewhere, or it died before it could stop.
        BadInputError: The connection file is unusable, or the daemon serves another adaptor.
    """
    connection = connection_file.read(path)
    check_adaptor(path, connection, adaptor)
    if connection.times:
        printer.show_times()
    return _Stopping(path, printer, began, seconds or connection.stop_seconds or STOP_SECONDS).stop(connection, seconds)


class _Stopping:
    """One attempt, which always ends: ask the daemon, send SIGTERM if it does not answer, and finally kill it."""

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
            return self._found_dead(connection)
        conversation = Conversation(
            connection,
            self._printer,
            self._began,
            lambda error: self._urge(connection, error),
            lambda: self._continue(connection),
        )
        try:
            result = conversation.hold(Stop(seconds), self._allowed + MARGIN)
        except SilentDaemonError as error:
            self._urge(connection, error)
            if connection.wait_gone(min(LAST_SECONDS, self._allowed)):
                return self._after_loss(connection, conversation.offset)
            return self._kill(connection, str(error))
        except NoDaemonError:
            if not conversation.is_connected:
                self._urge(connection, f"the daemon (process {connection.pid}) cannot be asked to stop")
            return self._after_loss(connection, conversation.offset)
        return self._wait_gone(connection, conversation, result)

    def _wait_gone(self, connection: ConnectionInfo, conversation: Conversation, result: Result) -> Result:
        """Wait until the daemon, which has sent its result, has exited."""
        left = conversation.seconds_left if result.exit_code in _CANCELED else self._left()
        if not connection.wait_gone(left):
            return self._kill(connection, "the daemon did not end", result)
        over = self._read(connection)
        if over is not None and result.exit_code in _CANCELED:
            self._remove_leftovers(over)  # whoever has canceled this does not wait for what is left of the output
        elif over is not None:
            self._take(over, conversation.offset)
        return result

    def _urge(self, connection: ConnectionInfo, error: SilentDaemonError | str) -> None:
        """Resume a silent daemon, in case it is suspended, and ask it to stop as soon as it can."""
        from .._processes.process_tree import ASKING, continue_process, terminate_process

        self._tell("WARNING", f"{error}; {ASKING}")
        terminate_process(connection.pid, connection.start_time)
        continue_process(connection.pid, connection.start_time)

    def _continue(self, connection: ConnectionInfo) -> None:
        """Resume a daemon that was suspended while it stops."""
        from .._processes.process_tree import CONTINUING, continue_process

        if continue_process(connection.pid, connection.start_time):
            self._tell("WARNING", f"the daemon (process {connection.pid}) is suspended; {CONTINUING}")

    def _end_start(self, connection: ConnectionInfo) -> ConnectionInfo:
        """End a ``daemon start`` in progress, which ends whatever it started; return the state that it left."""
        from .._processes.process_tree import kill_tree, terminate_process

        self._tell("INFO", f"process {connection.pid} is starting a daemon: ending it")
        terminate_process(connection.pid, connection.start_time)
        if not connection.wait_gone(min(self._left(), self._allowed / 2)):
            kill_tree(connection.pid, connection.start_time, 0)
        return self._read(connection) or connection

    def _found_dead(self, connection: ConnectionInfo) -> Result:
        """Remove what a dead daemon left, and report how its session ended, if it had."""
        from .._stream import outcomes

        left = outcomes.read(connection.session_directory, _STREAM)
        removed = self._remove_leftovers(connection)
        if left is not None:
            self._tell("INFO", f"the daemon (process {connection.pid}) has already ended; {removed}")
            return left
        self._tell("WARNING", f"the daemon (process {connection.pid}) is dead; {removed}")
        return Result(0, "", "cleaned")

    def _found_over(self, connection: ConnectionInfo) -> Result:
        """Report how a session ended that is already over."""
        result = connection.outcome(_STREAM)
        if result is not None:
            self._tell("INFO", f"the session is already over: {connection.message}")
        connection.wait_gone(self._left())
        removed = self._take(connection, 0)
        if result is None:
            self._tell("INFO", f"no daemon to stop: {connection.message}; {removed}")
        return result or Result(0, "", "cleaned")

    def _after_loss(self, connection: ConnectionInfo, offset: int) -> Result:
        """Find out how a daemon ended that closed the connection: an orderly end is recorded in its file."""
        if not connection.wait_gone(self._left()):
            return self._kill(connection, f"the daemon (process {connection.pid}) closed the connection")
        now = self._read(connection)
        if now is None:
            self._tell("INFO", f"the daemon (process {connection.pid}) has ended in the meantime")
            return Result(0, "", "cleaned")
        result = now.outcome(_STREAM)
        if now.state == connection_file.OVER:
            self._take(now, offset)
            return result or Result(0, "", "cleaned")
        removed = self._remove_leftovers(connection)
        raise NoDaemonError(f"the daemon (process {connection.pid}) died before it could stop; {removed}")

    def _take(self, over: ConnectionInfo, offset: int) -> str:
        """Show the remaining output of a finished session, and remove its files; return what became of them."""
        if over.view:
            from .left_view import show_left_view

            show_left_view(over, offset, self._printer)
        return self._remove_leftovers(over)

    def _kill(self, connection: ConnectionInfo, why: str, result: Result | None = None) -> Result:
        from .._processes.process_tree import kill_tree
        from .recovery import GUARDIAN_SECONDS

        gone = kill_tree(connection.pid, connection.start_time, GUARDIAN_SECONDS)
        self._remove_leftovers(connection, MARGIN)  # the daemon has used up the time that the scheduler gives
        if not gone:
            return Result(5, f"{why}; it is still there after it was killed", "")
        if result is not None:
            self._tell("WARNING", f"{why}; it was killed together with its children")
            return result
        return Result(5, f"{why}; it was killed together with its children before it could stop and clean up", "")

    def _remove_leftovers(self, connection: ConnectionInfo, seconds: float | None = None) -> str:
        """Clean up after a daemon that has exited, and remove its files; return what became of them."""
        from .recovery import clean_up_after_loss

        clean_up_after_loss(connection, self._printer, seconds)
        connection_file.remove(self._path, connection)
        if self._read(connection) is None:
            return "removed its files"
        why = "is its directory writable, and does no other program have it open?"
        self._tell("WARNING", f"the connection file {self._path} cannot be removed: {why}")
        return "its connection file is left"

    def _read(self, connection: ConnectionInfo) -> ConnectionInfo | None:
        """Return the current content of a daemon's file; None if it is gone or belongs to another daemon."""
        try:
            now = connection_file.read(self._path)
        except (NoDaemonError, BadInputError):
            return None
        return now if now.key == connection.key else None

    def _left(self) -> float:
        return max(0.0, self._due - time.monotonic())

    def _tell(self, level: str, text: str) -> None:
        self._printer.emit(Log(level, text, {}))
