"""The command side: send requests to a daemon through its connection file.

This uses only the standard library, and little of it: a farm takes this path once per frame.
"""

from __future__ import annotations

import os
import time

from adaptor_runtime_client._messages import Attach, Cancel, ProtocolError, Result, Run, Snapshot, Start, Status

from .._errors import BadInputError, NoDaemonError, SilentDaemonError
from .._files import connection_file
from .._handshake import connect_to_daemon
from .conversation import SILENCE_SECONDS, Conversation, connect_patiently, stream_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable

    from adaptor_runtime_client._messages import Message

    from .._files.connection_file import ConnectionInfo
    from .._stream.printer import Printer
    from .own_adaptor import OwnAdaptor

STATUS_SECONDS = 10.0
"""Time limit for the answer to a status request or a cancel."""

_WHAT_A_SIGNAL_DOES = "a signal such as Ctrl-C cancels the task; to look and leave it alone, use daemon logs --follow"

PATH_VARIABLE = "OPENJD_ADAPTOR_SOCKET"
"""The environment variable that names the connection file for commands that were not given one."""


class Frontend:
    """Send requests to the daemon of one connection file.

    Args:
        path: The connection file.
        printer: Shows the events.
        began: Wall clock time at which this command began, in seconds.
        adaptor: The adaptor that the daemon must serve; None for any.
    """

    def __init__(self, path: str, printer: Printer, began: float, adaptor: OwnAdaptor | None = None) -> None:
        self._path = path
        self._printer = printer
        self._began = began
        self._adaptor = adaptor

    def start(self) -> Result:
        """Construct the adaptor and call ``on_start``.

        Raises:
            AdaptorRuntimeError: The daemon cannot be reached, or it died.
        """
        return self._ask(Start())

    def run(self, run_data: Any, *, keep: bool = False) -> Result:
        """Call ``on_run`` with ``run_data`` and show what happens until it ends.

        Args:
            run_data: The task's data.
            keep: Keep the task running for ``attach`` if this process is lost.

        Raises:
            AdaptorRuntimeError: The daemon cannot be reached, or it died.
        """
        return self._ask(Run(connection_file.TASK + os.urandom(4).hex(), run_data, keep))

    def attach(self, task_id: str | None) -> Result:
        """Re-attach to a task whose frontend was lost and show its output from there on until it ends.

        Args:
            task_id: The task; None for the last one.

        Raises:
            AdaptorRuntimeError: The daemon cannot be reached, or it died.
        """
        return self._ask(Attach(task_id))

    def _ask(self, request: Message) -> Result:
        connection = connection_file.read(self._path)
        check_adaptor(self._path, connection, self._adaptor)
        if connection.times:
            self._printer.show_times()
        if isinstance(request, Attach):
            self._printer.note(_WHAT_A_SIGNAL_DOES)
        try:
            return Conversation(connection, self._printer, self._began).hold(request)
        except NoDaemonError:
            left = self._left_behind(connection, request)
            if left is None:
                raise
            return left

    def _left_behind(self, connection: ConnectionInfo, request: Message) -> Result | None:
        """Return how a request ended if the session is over by now."""
        try:
            now = connection_file.read(self._path)
        except (NoDaemonError, BadInputError):
            return None
        stream_id = stream_of(request)
        if isinstance(request, Attach) and stream_id is None:
            stream_id = now.last_task
        if stream_id is None or now.key != connection.key:
            return None
        result = now.outcome(stream_id)
        if result is not None and isinstance(request, Attach):
            self._printer.note("the session is over, so the output of the task is not shown")
        return result


def check_adaptor(path: str, connection: ConnectionInfo, adaptor: OwnAdaptor | None) -> None:
    """Check that a daemon serves the adaptor of a command.

    Args:
        path: The connection file.
        connection: Its content.
        adaptor: The adaptor; None for any.

    Raises:
        BadInputError: It serves another adaptor.
    """
    if adaptor is not None and connection.adaptor and not adaptor.is_of(connection.adaptor):
        raise BadInputError(
            f"the daemon of {path} serves the adaptor {connection.adaptor}, but this command belongs to {adaptor}: "
            "use the --connection-file of its own daemon"
        )


def snapshot(
    path: str, *, on_silence: Callable[[SilentDaemonError], object] | None = None, seconds: float = STATUS_SECONDS
) -> Snapshot:
    """Return the status of the daemon of the connection file at ``path``.

    Args:
        path: The connection file.
        on_silence: Wait for a daemon that is alive and does not answer, and call this once; None to give up on it.
        seconds: Otherwise, how long to wait for the answer.

    Raises:
        SilentDaemonError: It did not answer in time.
        AdaptorRuntimeError: The daemon cannot be reached.
    """
    answer = _exchange(path, Status(), on_silence=on_silence, seconds=seconds)
    assert isinstance(answer, Snapshot)
    return answer


def cancel(path: str, task_id: str | None, on_silence: Callable[[SilentDaemonError], object]) -> None:
    """Cancel the session of the daemon of the connection file at ``path``, or only the task ``task_id``.

    A cancel that gave up would leave a task running that nobody wants. So it waits for a daemon that is alive.

    Args:
        path: The connection file.
        task_id: The task; None for the session.
        on_silence: Called once if the daemon has not answered within a second.

    Raises:
        AdaptorRuntimeError: The daemon cannot be reached.
    """
    _exchange(path, Cancel("daemon cancel", None, task_id), on_silence=on_silence)


def _exchange(
    path: str,
    request: Message,
    *,
    on_silence: Callable[[SilentDaemonError], object] | None,
    seconds: float = STATUS_SECONDS,
) -> Message:
    """Return the one message that answers ``request``."""
    due = time.monotonic() + seconds
    connection = connection_file.read(os.path.abspath(path))
    any_protocol = isinstance(request, Cancel)
    if on_silence is not None:
        channel = connect_patiently(connection, on_silence, any_protocol=any_protocol, seconds=SILENCE_SECONDS)
    else:
        channel = connect_to_daemon(connection, seconds=seconds, any_protocol=any_protocol)
        seconds = max(0.0, due - time.monotonic())
    try:
        channel.send(request)
        answer, _ = channel.receive(seconds)
    except TimeoutError as error:
        raise SilentDaemonError(f"the daemon (process {connection.pid}) did not answer: {error}") from None
    except (OSError, ProtocolError) as error:
        raise NoDaemonError(f"the daemon (process {connection.pid}) did not answer: {error}") from None
    finally:
        channel.close()
    if not isinstance(answer, Snapshot if isinstance(request, Status) else Result):
        raise NoDaemonError(f"the daemon (process {connection.pid}) sent an unexpected answer: {type(answer).__name__}")
    return answer
