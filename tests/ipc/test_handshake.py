from __future__ import annotations

import contextlib
import os
import threading
from pathlib import Path

import pytest
from adaptor_runtime.ipc._errors import BadInputError, HandshakeError, NoDaemonError
from adaptor_runtime.ipc._files import session_directory
from adaptor_runtime.ipc._files.connection_file import ConnectionInfo
from adaptor_runtime.ipc._handshake import connect_to_daemon, welcome
from adaptor_runtime.ipc._processes.process_identity import start_time
from adaptor_runtime_client import __version__
from adaptor_runtime_client._channel import Channel, ChannelClosedError
from adaptor_runtime_client._messages import HEADER, PROTOCOL, Hello, Output, Refused, Start, Stop, Welcome, encode
from adaptor_runtime_client._transport import authenticate, connect, listen
from patience import SECONDS

pytestmark = [
    pytest.mark.faults("Between processes"),
]

KEY = "the key"


class Daemon:
    """Accept connections, each in a thread of its own, and keep what became of them."""

    def __init__(self, path, answer):
        self.outcomes = []
        self._changed = threading.Condition()
        self._listener = listen(path)
        self._answer = answer
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def outcome(self, number=0):
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.outcomes) > number, SECONDS)
            return self.outcomes[number]

    def close(self):
        self._listener.close()
        for thread in self._threads:
            thread.join()
        for outcome in self.outcomes:
            if isinstance(outcome, Channel):
                outcome.close()

    def _accept(self):
        while (transport := self._listener.accept()) is not None:
            thread = threading.Thread(target=self._serve, args=(transport,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, transport):
        try:
            outcome = self._answer(transport)
        except HandshakeError as error:
            outcome = error
        with self._changed:
            self.outcomes.append(outcome)
            self._changed.notify_all()


@pytest.fixture
def connection():
    directory = session_directory.create()
    pid = os.getpid()
    yield ConnectionInfo(directory.socket("daemon"), KEY, pid, start_time(pid), __version__, directory.path, "ready")
    session_directory.remove(directory)


@pytest.fixture
def serve(connection):
    with contextlib.ExitStack() as stack:

        def start(answer=lambda transport: welcome(transport, KEY, seconds=10)):
            return stack.enter_context(contextlib.closing(Daemon(connection.socket, answer)))

        yield start


def test_frontend_and_daemon_know_each_other_after_the_handshake(connection, serve):
    daemon = serve()
    with contextlib.closing(connect_to_daemon(connection)) as channel:
        theirs = daemon.outcome()
        assert channel.peer == Welcome(PROTOCOL, __version__, os.getpid())
        assert theirs.peer == Hello(PROTOCOL, __version__, "frontend", KEY)
        channel.send(Start())
        assert theirs.receive(SECONDS) == (Start(), b"")
        sender = threading.Thread(target=theirs.send, args=(Output("stdout"), b"x" * 1_000_000))
        sender.start()
        assert channel.receive(SECONDS)[1] == b"x" * 1_000_000
        sender.join()


def test_a_silent_client_blocks_no_other(connection, serve):
    daemon = serve()
    silent = [connect(connection.socket, 5) for _ in range(3)]
    connect_to_daemon(connection).close()
    assert isinstance(daemon.outcome(), Channel)
    for transport in silent:
        transport.close()


def test_a_silent_client_is_rejected_in_time(connection, serve):
    daemon = serve(lambda transport: welcome(transport, KEY, seconds=0.01))
    with contextlib.closing(connect(connection.socket, 5)) as silent:
        assert authenticate(silent, KEY, accepted=False)
        assert "no complete message" in str(daemon.outcome())
        assert silent.receive_into(memoryview(bytearray(1))) == 0


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (encode(Hello(PROTOCOL, "0", "frontend", KEY))[:-1], "in the middle of a message"),
        (b"GET / HTTP/1.1\r\n\r\n", "more than the limit of 4096"),
        (HEADER.pack(100, 4000), "more than the limit of 4096"),
        (encode(Start()), "not a Hello"),
        (encode(Hello(PROTOCOL, "0", "frontend", "wrong")), "the key is wrong"),
        (encode(Hello(PROTOCOL, "0", "frontend", "\ud800")), "the key is wrong"),
        (b"", "closed the connection"),
    ],
)
def test_a_client_without_a_hello_is_rejected(connection, serve, sent, said):
    daemon = serve()
    with contextlib.closing(connect(connection.socket, 5)) as stranger:
        assert authenticate(stranger, KEY, accepted=False)
        stranger.send(sent)
        stranger.close()
        assert said in str(daemon.outcome())


def test_a_wrong_key_is_bad_input_and_says_why(connection, serve):
    serve()
    with pytest.raises(BadInputError, match=r"belongs to another daemon|does not know the key"):
        connect_to_daemon(connection._replace(key="wrong"))


def test_a_daemon_of_another_protocol_is_named_but_can_be_stopped(connection, serve):
    def from_the_future(transport):
        assert authenticate(transport, KEY, accepted=True)
        channel = Channel(transport)
        channel.receive(SECONDS)
        channel.send(Welcome(PROTOCOL + 1, "9.9.9", 1))
        return channel

    daemon = serve(from_the_future)
    with pytest.raises(BadInputError, match=rf"9\.9\.9 \(protocol {PROTOCOL + 1}\), this command {__version__}"):
        connect_to_daemon(connection)
    daemon.outcome()  # of the one that went away: the next one is another's
    with contextlib.closing(connect_to_daemon(connection, any_protocol=True)) as channel:
        channel.send(Stop(5))
        assert daemon.outcome(1).receive(SECONDS) == (Stop(5), b"")


def test_a_frontend_of_another_protocol_is_welcome(connection, serve):
    daemon = serve()
    hello = Hello(PROTOCOL + 1, "9.9.9", "frontend", KEY)
    transport = connect(connection.socket, 5)
    assert authenticate(transport, KEY, accepted=False)
    with contextlib.closing(Channel(transport)) as channel:
        channel.send(hello)
        assert channel.receive(SECONDS)[0] == Welcome(PROTOCOL, __version__, os.getpid())
        assert daemon.outcome().peer == hello


def test_a_refusal_keeps_its_kind(connection, serve):
    def refuse(transport):
        assert authenticate(transport, KEY, accepted=True)
        channel = Channel(transport)
        channel.send(Refused("on its way out", 4))
        channel.close()

    serve(refuse)
    with pytest.raises(NoDaemonError, match="refused: on its way out"):
        connect_to_daemon(connection)


@pytest.mark.posix("acts as another user through seteuid")
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")
def test_a_stranger_who_listens_there_never_sees_the_key(connection):
    Path(connection.socket).parent.chmod(0o777)
    os.seteuid(65534)
    try:
        listener = listen(connection.socket)
    finally:
        os.seteuid(0)
    with contextlib.closing(listener):
        with pytest.raises(BadInputError, match="belongs to another user"):
            connect_to_daemon(connection)
        with contextlib.closing(listener.accept()) as accepted:
            assert accepted.receive_into(memoryview(bytearray(1))) == 0


def test_a_daemon_that_does_not_answer_is_no_daemon(connection, serve):
    daemon = serve(lambda transport: authenticate(transport, KEY, accepted=True) and transport)
    with pytest.raises(NoDaemonError, match="does not answer"):
        connect_to_daemon(connection, seconds=0.05)
    daemon.outcome().close()


def test_a_daemon_that_hangs_up_is_no_daemon(connection, serve):
    serve(lambda transport: transport.close())
    with pytest.raises(NoDaemonError, match="does not answer") as caught:
        connect_to_daemon(connection)
    assert isinstance(caught.value.__cause__, ChannelClosedError)


def test_a_dead_daemon_is_reported(connection):
    with pytest.raises(NoDaemonError, match=r"is gone: 'daemon status' tells how .*; start a new one"):
        connect_to_daemon(connection._replace(start_time=1.0))


def test_a_daemon_that_died_before_it_was_ready_is_reported(connection):
    with pytest.raises(NoDaemonError, match="has died before the daemon was ready; start a new one"):
        connect_to_daemon(connection._replace(state="starting", start_time=1.0))


@pytest.mark.parametrize(
    ("state", "said"), [("starting", "is starting it"), ("failed", "the session is over: no license")]
)
def test_a_daemon_that_is_not_ready_is_not_called(connection, state, said):
    message = "no license" if state == "failed" else ""
    with pytest.raises(NoDaemonError, match=said):
        connect_to_daemon(connection._replace(state=state, message=message))
