from __future__ import annotations

import os
import sys
import threading
from contextlib import contextmanager

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
        self._spool = spool

    def start(self, segment_id):
        self.asked.append("start")
        self._spool.begin(segment_id)
        self._spool.end(segment_id, Result(0, "", "started"))


class RecordingKeeper:
    def __init__(self):
        self.visits = []
        self.gone = threading.Event()

    @contextmanager
    def visit(self):
        self.visits.append("arrived")
        yield
        self.visits.append("left")
        self.gone.set()


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
    keeper = RecordingKeeper()
    daemons = []

    def open_daemon():
        daemons.append(Daemon(runner, spool, listen(connection.socket), connection.key, keeper))
        daemons[0].open()
        return connection, runner, keeper

    yield open_daemon
    daemons[0].close(10)
    spool.close()
    session_directory.remove(directory)


def test_the_keeper_is_told_who_comes_and_who_has_left(serve):
    connection, runner, keeper = serve()
    channel = connect(connection)
    channel.send(Start())
    message, _ = channel.receive(10)
    assert message == Result(0, "", "started")
    assert keeper.visits == ["arrived"]
    channel.close()
    assert keeper.gone.wait(10)
    assert keeper.visits == ["arrived", "left"]
    assert runner.asked == ["start"]
