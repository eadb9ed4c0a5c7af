from __future__ import annotations

import os
import sys
import threading

import pytest
from adaptor_runtime.ipc import _session_directory as session_directory
from adaptor_runtime.ipc._connection_file import Connection
from adaptor_runtime.ipc._daemon import Daemon
from adaptor_runtime.ipc._handshake import connect
from adaptor_runtime.ipc._process_identity import start_time
from adaptor_runtime.ipc._spool import Spool
from adaptor_runtime_client import __version__
from adaptor_runtime_client._messages import Result, Start
from adaptor_runtime_client._transport import listen

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks through the Unix domain socket")


class RecordingRunner:
    """Ends each request at once, and keeps the names of all."""

    def __init__(self, spool):
        self.asked = []
        self.stopped = threading.Event()
        self._spool = spool

    def start(self, segment_id):
        self.asked.append("start")
        self._spool.begin(segment_id)
        self._spool.end(segment_id, Result(0, "", "started"))

    def stop(self, seconds, segment_id):
        self.asked.append("stop")
        self.stopped.set()


@pytest.fixture
def serve():
    directory = session_directory.create()
    connection = Connection(
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
    daemons = []

    def open_daemon():
        daemons.append(Daemon(runner, spool, listen(connection.socket), connection.key))
        daemons[0].open()
        return connection, runner, daemons[0]

    yield open_daemon
    daemons[0].close(10)
    spool.close()
    session_directory.remove(directory)


def test_a_daemon_that_nobody_starts_stops_by_itself(serve, monkeypatch):
    monkeypatch.setattr("adaptor_runtime.ipc._daemon.START_SECONDS", 0.05)
    _, runner, _ = serve()
    assert runner.stopped.wait(10)


def test_a_daemon_that_was_started_waits_for_tasks_as_long_as_it_takes(serve):
    connection, runner, daemon = serve()
    channel = connect(connection)
    channel.send(Start())
    message, _ = channel.receive(10)
    channel.close()
    assert message == Result(0, "", "started")
    assert daemon._start_timer.finished.is_set()
    assert runner.asked == ["start"]
