"""End a daemon, whatever has become of it: what ``daemon stop`` does.

A scheduler runs it once and never again, so when it returns the daemon is gone, with its license: it has stopped by
itself, or it was dead already, or it was killed with everything that it had started.
"""

from __future__ import annotations

from adaptor_runtime_client._messages import Log, Result, Stop

from . import _connection_file as connection_file
from ._conversation import Conversation
from ._errors import NoDaemonError, SilentDaemonError
from ._handshake import connect
from ._process_identity import wait_gone

TYPE_CHECKING = False
if TYPE_CHECKING:
    from adaptor_runtime_client._channel import Channel

    from ._connection_file import Connection
    from ._render import Render

ANSWER_SECONDS = 10.0
"""How long a daemon may take to answer the connection, before and after it was sent SIGCONT."""

GONE_SECONDS = 30.0
"""How long the process of a daemon may take to end after its session has."""

MARGIN = 15.0
"""Seconds that a daemon may be late with the end of its session."""

STOP_SECONDS = 230.0
"""How long stop and cleanup may take where a daemon has not said so: one of an earlier release."""

_CANCELED = (130, 143)


def stop_daemon(path: str, render: Render, began: float, seconds: float | None = None) -> Result:
    """Have the session stopped and cleaned up; return when the daemon's process has gone and nothing of it is left.

    Where there is nothing to stop any more, since the daemon has failed to start or has died, what is left of it is
    removed, which is a success.

    Args:
        path: The connection file.
        render: Shows what the daemon says, and what was found.
        began: Wall clock time at which this command began, in seconds.
        seconds: How long stop and cleanup may take; None for the daemon's own deadline.

    Raises:
        NoDaemonError: There is no connection file, or the daemon died before it had stopped.
        BadInputError: The connection file cannot be used.
    """
    return _Stopping(path, render, began).stop(connection_file.read(path), seconds)


class _Stopping:
    """One attempt, which always ends."""

    def __init__(self, path: str, render: Render, began: float) -> None:
        self._path = path
        self._render = render
        self._began = began

    def stop(self, connection: Connection, seconds: float | None) -> Result:
        if connection.state == connection_file.STARTING and connection.is_alive():
            connection = self._end_start(connection)
        if connection.state == connection_file.FAILED:
            return self._found("INFO", f"there is no daemon to stop: {connection.message}", connection)
        if not connection.is_alive():
            return self._found("WARNING", f"the daemon (process {connection.pid}) had died", connection)
        try:
            result = self._ask(connection, seconds)
        except SilentDaemonError as error:
            return self._kill(connection, str(error))
        except NoDaemonError:
            return self._after_loss(connection)
        gone = wait_gone(connection.pid, connection.start_time, 0 if result.exit_code in _CANCELED else GONE_SECONDS)
        return result if gone else self._kill(connection, "the daemon did not end", result)

    def _ask(self, connection: Connection, seconds: float | None) -> Result:
        allowed = seconds or connection.stop_seconds or STOP_SECONDS
        conversation = Conversation(self._connect(connection), connection, self._render, self._began)
        return conversation.hold(Stop(seconds), allowed + MARGIN)

    def _connect(self, connection: Connection) -> Channel:
        try:
            return connect(connection, seconds=ANSWER_SECONDS, any_protocol=True)
        except SilentDaemonError as error:
            from ._process_tree import continue_process

            self._tell("WARNING", f"{error}; it is sent SIGCONT, in case somebody has halted it")
            continue_process(connection.pid, connection.start_time)
            return connect(connection, seconds=ANSWER_SECONDS, any_protocol=True)

    def _end_start(self, connection: Connection) -> Connection:
        """End the ``daemon start`` that is under way, which ends what it has started; return what it has left."""
        from ._process_tree import kill_tree, terminate_process

        self._tell("INFO", f"a daemon is being started by process {connection.pid}, which is ended now")
        terminate_process(connection.pid, connection.start_time)
        if not wait_gone(connection.pid, connection.start_time, GONE_SECONDS):
            kill_tree(connection.pid, connection.start_time, 0)
        try:
            return connection_file.read(self._path)
        except NoDaemonError:
            return connection

    def _after_loss(self, connection: Connection) -> Result:
        """Look at what has become of a daemon that broke off: one that ends in order removes its file first."""
        if not wait_gone(connection.pid, connection.start_time, GONE_SECONDS):
            return self._kill(connection, f"the daemon (process {connection.pid}) broke the connection off")
        if not self._remove_leftovers(connection):
            self._tell("INFO", f"the daemon (process {connection.pid}) has ended meanwhile")
            return Result(0, "", "cleaned")
        raise NoDaemonError(f"the daemon (process {connection.pid}) died before it had stopped; its files are removed")

    def _kill(self, connection: Connection, why: str, result: Result | None = None) -> Result:
        from ._process_tree import kill_tree
        from ._recovery import GUARDIAN_SECONDS

        gone = kill_tree(connection.pid, connection.start_time, GUARDIAN_SECONDS)
        self._remove_leftovers(connection, MARGIN)  # the daemon has used up what the scheduler gives
        if not gone:
            return Result(5, f"{why}, and the kernel does not let go of it after SIGKILL", "")
        if result is not None:
            self._tell("WARNING", f"{why}; it was killed with everything that it had started")
            return result
        return Result(5, f"{why}; it was killed with all that it had started, before it had stopped and cleaned up", "")

    def _found(self, level: str, text: str, connection: Connection) -> Result:
        self._remove_leftovers(connection)
        self._tell(level, f"{text}; its files are removed")
        return Result(0, "", "cleaned")

    def _remove_leftovers(self, connection: Connection, seconds: float | None = None) -> bool:
        """Clean up after a daemon that is gone and remove its files; return whether its connection file was there."""
        from ._recovery import clean_up_after_loss

        clean_up_after_loss(connection, self._render, seconds)
        return connection_file.remove(self._path, connection)

    def _tell(self, level: str, text: str) -> None:
        self._render.emit(Log(level, text, {}))
