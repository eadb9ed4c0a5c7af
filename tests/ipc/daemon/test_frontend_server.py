from __future__ import annotations

import errno
import os
import queue
import socket
import threading
from contextlib import contextmanager

import pytest
from adaptor_runtime.ipc._daemon.frontend_server import FrontendServer
from adaptor_runtime.ipc._errors import NoDaemonError
from adaptor_runtime.ipc._files import session_directory
from adaptor_runtime.ipc._files.connection_file import ConnectionInfo
from adaptor_runtime.ipc._handshake import connect_to_daemon
from adaptor_runtime.ipc._processes.process_identity import start_time
from adaptor_runtime.ipc._stream.spool import Spool
from adaptor_runtime_client import __version__
from adaptor_runtime_client._messages import Attach, Log, Output, Refused, Result, Run, Start, Stop
from adaptor_runtime_client._transport import listen
from patience import SECONDS


class RecordingRunner:
    """Ends each start at once, leaves tasks and stops in flight, and keeps the names of all."""

    def __init__(self, spool):
        self.asked = []
        self.canceled = queue.SimpleQueue()
        self.spool = spool

    def run(self, run_data, task_id):
        self.asked.append("run")
        self.spool.begin(task_id)
        self.spool.emit(Log("INFO", "running", {}))

    def stop(self, seconds, stream_id):
        self.asked.append("stop")
        self.spool.begin(stream_id)
        self.spool.emit(Log("INFO", "stopping", {}))

    def cancel(self, cause, seconds, task_id):
        self.canceled.put((cause, task_id))

    def start(self, stream_id):
        self.asked.append("start")
        self.spool.begin(stream_id)
        self.spool.end(stream_id, Result(0, "", "started"))


class RecordingOrphanWatch:
    def __init__(self):
        self.visits = []
        self.gone = threading.Event()

    @contextmanager
    def visit(self):
        self.visits.append("arrived")
        try:
            yield
        finally:
            self.visits.append("left")
            self.gone.set()


@pytest.fixture
def serve():
    directory = session_directory.create()
    connection = ConnectionInfo(
        socket=directory.socket("daemon"),
        key="the key",
        pid=os.getpid(),
        start_time=start_time(os.getpid()),
        release=__version__,
        session_directory=directory.path,
        state="ready",
    )
    spool = Spool(directory.path)
    runner = RecordingRunner(spool)
    orphan_watch = RecordingOrphanWatch()
    daemons = []

    def open_daemon():
        daemons.append(FrontendServer(runner, spool, listen(connection.socket), connection.key, orphan_watch))
        daemons[0].open()
        return connection, runner, orphan_watch

    yield open_daemon
    daemons[0].close(0)
    spool.close()
    session_directory.remove(directory)


def test_the_orphan_watch_counts_the_frontends(serve):
    connection, runner, orphan_watch = serve()
    channel = connect_to_daemon(connection)
    channel.send(Start())
    message, _ = channel.receive(SECONDS)
    assert message == Result(0, "", "started")
    assert orphan_watch.visits == ["arrived"]
    channel.close()
    assert orphan_watch.gone.wait(SECONDS)
    assert orphan_watch.visits == ["arrived", "left"]
    assert runner.asked == ["start"]


def start(connection):
    """Return what a daemon that can be talked to answers."""
    channel = connect_to_daemon(connection)
    channel.send(Start())
    answer, _ = channel.receive(SECONDS)
    channel.close()
    return answer


def test_a_command_is_dropped_if_no_thread_can_start_and_the_next_is_served(serve, caplog, no_new_thread):
    connection, _, _ = serve()
    with no_new_thread(), pytest.raises(NoDaemonError):
        connect_to_daemon(connection)
    assert "dropped a command's connection: can't start new thread" in caplog.text
    assert start(connection) == Result(0, "", "started")


@pytest.mark.posix("refuses in the place of the socket")
def test_a_daemon_that_has_too_many_files_open_for_a_moment_is_there_after_it(serve, monkeypatch):
    refused = threading.Event()
    accept = socket.socket.accept

    def refuse_once(listener):
        accepted = accept(listener)
        if refused.is_set():
            return accepted
        accepted[0].close()
        refused.set()
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(socket.socket, "accept", refuse_once)
    connection, _, _ = serve()
    with pytest.raises(NoDaemonError):
        connect_to_daemon(connection)
    assert start(connection) == Result(0, "", "started")


def test_a_task_that_cannot_be_shown_is_refused_and_never_begins(serve, no_new_thread):
    connection, runner, _ = serve()
    channel = connect_to_daemon(connection)
    with no_new_thread():
        channel.send(Run("task", {}))
        refused, _ = channel.receive(SECONDS)
    assert refused.exit_code == 1
    assert "can't start new thread" in refused.reason
    assert runner.asked == []
    channel.close()


def test_a_stream_that_a_stop_shows_cannot_be_attached_to(serve):
    connection, runner, orphan_watch = serve()
    lost = connect_to_daemon(connection)
    lost.send(Run("task", {}, keep=True))
    lost.receive(SECONDS)
    lost.close()
    assert orphan_watch.gone.wait(SECONDS)
    block = b"x" * 1023 + b"\n"
    for _ in range(4096):  # more than a socket takes
        runner.spool.emit(Output("stdout"), block)
    runner.spool.end("task", Result(0, "", "started"))
    stopping = connect_to_daemon(connection)
    stopping.send(Stop())
    stopping.receive(SECONDS)
    channel = connect_to_daemon(connection)
    channel.send(Attach("task"))
    answer, _ = channel.receive(SECONDS)
    assert isinstance(answer, Refused)
    assert "another command is attached to" in answer.reason
    channel.close()
    stopping.close()
