"""Look at the output of a session: read only, so a signal ends this command and nothing else."""

from __future__ import annotations

from adaptor_runtime_client._channel import ChannelClosedError
from adaptor_runtime_client._messages import Gap, LifecycleRecord, Moment, ProtocolError, Refused, Result

from ...statemachine._amounts import size
from .._errors import BadInputError, NoDaemonError
from .._files import connection_file
from .conversation import SILENCE_SECONDS, connect_patiently

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

    from adaptor_runtime_client._channel import Channel
    from adaptor_runtime_client._messages import Logs, Message

    from .._errors import SilentDaemonError
    from .._stream.line_times import LineTimes
    from .._stream.printer import Printer


def show_logs(
    path: str,
    request: Logs,
    printer: Printer,
    on_silence: Callable[[SilentDaemonError], object],
    times: LineTimes | None = None,
) -> Result:
    """Show what the daemon of a connection file answers to ``request``, and return how that went.

    Of a daemon that has died, the end of its output is shown, or of the requested task, if its files are still there.

    Args:
        path: The connection file.
        request: What to show.
        printer: Shows it.
        on_silence: Called once if the daemon has not answered within a second.
        times: Learns when the next lines were said.

    Raises:
        AdaptorRuntimeError: The daemon cannot be reached, or it died.
    """
    connection = connection_file.read(path)
    try:
        channel = connect_patiently(connection, on_silence, any_protocol=False, seconds=SILENCE_SECONDS)
    except NoDaemonError:
        _show_left(connection.session_directory, request.task_id, printer)
        raise
    try:
        channel.send(request)
        return _show(channel, printer, times)
    except ChannelClosedError:
        if request.follow and _is_over(path):
            return Result(0, "", "")
        raise NoDaemonError(f"the daemon (process {connection.pid}) died while this was shown") from None
    finally:
        channel.close()


def _show(channel: Channel, printer: Printer, times: LineTimes | None) -> Result:
    skipped = False
    while True:
        try:
            message, body = channel.receive()
        except ProtocolError as error:
            if not channel.is_at_message:
                raise NoDaemonError(f"cannot show the output: {error}") from None
            if not skipped:
                skipped = True
                printer.note(f"cannot show a part of the output: {error}")
            continue
        if isinstance(message, Result):
            return message
        if isinstance(message, Refused):
            return Result(message.exit_code, f"the daemon refused: {message.reason}", "")
        if isinstance(message, Gap):
            printer.note(f"{size(message.size)} of output is missing here: it was shown, and given back to the disk")
        elif isinstance(message, Moment):
            if times is not None:
                times.at = message.at
        else:
            printer.emit(message, body)
            if printer.is_broken:  # nothing is left to do, and nobody waits for a result of this command
                return Result(0, "", "")


def _show_left(directory: str, task_id: str | None, printer: Printer) -> None:
    """Show the end of the output that a daemon has left; its file does not tell when each line was said."""
    from .._stream.spool_tail import last_events

    events = last_events(directory)
    whose = "its output" if task_id is None else f"the output of task {task_id}"
    if task_id is not None:
        events = _of_task(events, task_id)
    if events:
        printer.note(f"the daemon is gone; this is the end of {whose}:")
        printer.times = None
    elif task_id is not None:
        printer.note(f"the daemon is gone; nothing is left of {whose}")
    for message, body in events:
        printer.emit(message, body)


def _of_task(events: list[tuple[Message, bytes]], task_id: str) -> list[tuple[Message, bytes]]:
    """Return the events of one task: those from its first record to its last one, as far as they are left."""
    records = [(at, each.record) for at, (each, _) in enumerate(events) if isinstance(each, LifecycleRecord)]
    own = [(at, record) for at, record in records if record.get("task_id") == task_id]
    if not own:
        return []
    (first, begins), (last, ends) = own[0], own[-1]
    return events[0 if begins.get("outcome") else first : last + 1 if ends.get("outcome") else None]


def _is_over(path: str) -> bool:
    try:
        return connection_file.read(path).state == connection_file.OVER
    except NoDaemonError:
        return True
    except BadInputError:
        return False
