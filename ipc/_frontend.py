"""One command's conversation with a daemon: send a request, show its stream, pass a signal on as a cancel.

Standard library only, and little of it: this is the path that a farm takes once per frame. A thread receives and
renders, so that the main thread is free for signals even while standard output is blocked by a slow reader.
"""

from __future__ import annotations

import os
import queue
import signal
import threading
import time

from adaptor_runtime_client._channel import ChannelClosedError
from adaptor_runtime_client._messages import (
    Acknowledge,
    Cancel,
    Log,
    ProtocolError,
    Result,
    Run,
    Snapshot,
    Start,
    Status,
    Stop,
    UnknownKindError,
)

from . import _connection_file as connection_file
from ._cancel_deadline import cancel_seconds
from ._errors import NoDaemonError
from ._handshake import connect
from ._process_identity import wait_gone
from ._signals import SignalRecord, next_event

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from adaptor_runtime_client._channel import Channel
    from adaptor_runtime_client._messages import Message

    from ._connection_file import Connection
    from ._render import Render

GRACE = 1.0
"""Seconds after a cancel's deadline in which the daemon's result may still arrive."""

GONE_SECONDS = 30.0
"""How long ``daemon stop`` waits for the daemon's process to end after its result."""

STATUS_SECONDS = 10.0

PATH_VARIABLE = "OPENJD_ADAPTOR_SOCKET"
"""The environment variable that names the connection file to the commands that are given none."""

_ACKNOWLEDGE_EACH = 1024 * 1024


class Frontend:
    """Talk to the daemon of one connection file.

    Args:
        path: The connection file.
        render: Shows the events.
        began: Wall clock time at which this command began, in seconds.
    """

    def __init__(self, path: str, render: Render, began: float) -> None:
        self._path = path
        self._render = render
        self._began = began
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def start(self) -> Result:
        """Have the adaptor constructed and ``on_start`` called.

        Raises:
            AdaptorRuntimeError: The daemon cannot be talked to, or died.
        """
        connection = connection_file.read(self._path)
        return self._converse(connect(connection), Start(), None, connection)

    def run(self, run_data: Any) -> Result:
        """Have ``on_run`` called with ``run_data`` and show what happens until it has ended.

        Raises:
            AdaptorRuntimeError: The daemon cannot be talked to, or died.
        """
        connection = connection_file.read(self._path)
        channel = connect(connection)
        task_id = "task-" + os.urandom(4).hex()
        return self._converse(channel, Run(task_id, run_data), task_id, connection)

    def stop(self, seconds: float | None = None) -> Result:
        """Have the session stopped and cleaned up; return when the daemon's process has gone.

        The file of a daemon that failed to start is removed, which is a success: there is nothing left to stop.

        Args:
            seconds: How long stop and cleanup may take; None for the daemon's own deadline.

        Raises:
            AdaptorRuntimeError: There is no daemon, or it died.
        """
        connection = connection_file.read(self._path)
        if connection.state == connection_file.FAILED:
            self._tell("INFO", f"there is no daemon to stop: {connection.message}")
            remove_leftovers(self._path, connection)
            return Result(0, "", "cleaned")
        if not connection.is_alive():
            remove_leftovers(self._path, connection)
            raise NoDaemonError(
                f"the daemon (process {connection.pid}) had died; its connection file {self._path} and its files are "
                "removed now"
            )
        result = self._converse(connect(connection, any_protocol=True), Stop(seconds), None, connection)
        if not wait_gone(connection.pid, connection.start_time, GONE_SECONDS):
            return Result(5, f"the daemon (process {connection.pid}) has stopped but did not end", result.state)
        return result

    def _converse(self, channel: Channel, request: Message, task_id: str | None, connection: Connection) -> Result:
        due: float | None = None
        exit_code = 0
        with SignalRecord(self._events.put):
            threading.Thread(target=self._receive, args=(channel, request), name="stream", daemon=True).start()
            while True:
                try:
                    event = next_event(self._events, due)
                except queue.Empty:
                    return Result(exit_code, "the daemon did not confirm the cancel in time", "")
                if isinstance(event, Result):
                    return event
                if not isinstance(event, int):
                    return self._lost(event, exit_code, connection)
                seconds = cancel_seconds(self._began)
                if due is not None:
                    seconds = min(seconds, max(0.0, (due - GRACE - time.monotonic()) / 2))
                exit_code = exit_code or (130 if event == signal.SIGINT else 143)
                due = time.monotonic() + seconds + GRACE
                self._cancel(channel, Cancel(signal.Signals(event).name, seconds, task_id))

    def _cancel(self, channel: Channel, cancel: Cancel) -> None:
        try:
            channel.send(cancel)
        except ChannelClosedError:
            pass  # the receiving thread reports it

    def _receive(self, channel: Channel, request: Message) -> None:
        """Show the stream; put its result into the events, or the error that ended it."""
        offset = acknowledged = 0
        try:
            channel.send(request)
            while True:
                try:
                    message, body = channel.receive()
                except UnknownKindError as error:
                    message, body = Log("WARNING", str(error), {}), b""
                offset += channel.last_size
                if isinstance(message, Result):
                    self._acknowledge_result(channel, offset)
                    self._events.put(message)
                    return
                self._render.emit(message, body)
                if offset - acknowledged >= _ACKNOWLEDGE_EACH:
                    acknowledged = offset
                    channel.send(Acknowledge(offset))
        except (ChannelClosedError, ProtocolError, OSError) as error:
            self._events.put(error)

    def _acknowledge_result(self, channel: Channel, offset: int) -> None:
        try:
            channel.send(Acknowledge(offset))
        except ChannelClosedError:
            pass  # the daemon did not wait for it; the result is here all the same

    def _lost(self, error: Exception, exit_code: int, connection: Connection) -> Result:
        if exit_code:
            return Result(exit_code, "the daemon ended during the cancel", "")
        if isinstance(error, ChannelClosedError):
            raise NoDaemonError(f"the daemon (process {connection.pid}) died before it gave a result") from None
        raise NoDaemonError(f"the connection to the daemon (process {connection.pid}) failed: {error}") from None

    def _tell(self, level: str, text: str) -> None:
        self._render.emit(Log(level, text, {}))


def remove_leftovers(path: str, connection: Connection) -> None:
    """Remove the connection file and the session directory of a daemon that is gone."""
    remove_session_directory(connection)
    connection_file.remove(path, connection)


def remove_session_directory(connection: Connection) -> None:
    """Remove the session directory of a daemon that is gone."""
    from ._session_directory import SessionDirectory, remove

    if connection.session_directory:
        directory = os.path.dirname(connection.socket) or connection.session_directory
        try:
            remove(SessionDirectory(connection.session_directory, directory))
        except ValueError:
            pass  # the file names a directory that is not one of ours: leave it alone


def snapshot(path: str) -> Snapshot:
    """Ask the daemon of the connection file at ``path`` how it is.

    Raises:
        AdaptorRuntimeError: The daemon cannot be talked to.
    """
    connection = connection_file.read(os.path.abspath(path))
    channel = connect(connection)
    try:
        channel.send(Status())
        answer, _ = channel.receive(STATUS_SECONDS)
    except (OSError, ProtocolError) as error:
        raise NoDaemonError(f"the daemon (process {connection.pid}) did not say how it is: {error}") from None
    finally:
        channel.close()
    if not isinstance(answer, Snapshot):
        raise NoDaemonError(
            f"the daemon (process {connection.pid}) answered with something else: {type(answer).__name__}"
        )
    return answer
