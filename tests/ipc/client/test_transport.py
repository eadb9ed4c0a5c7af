from __future__ import annotations

import contextlib
import os
import queue
import socket
import stat
import sys
import tempfile
import threading
from pathlib import Path

import pytest
from adaptor_runtime_client._transport import Transport, address, authenticate, connect, listen
from patience import SECONDS

pytestmark = pytest.mark.faults("Between processes")

NOBODY = 65534
SOCKET = pytest.mark.posix("looks at the Unix domain socket itself")
OTHER_USERS = pytest.mark.posix("acts as another user through seteuid")
ROOT = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def directory():
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp" if os.name == "posix" else None) as path:
        yield path


@contextlib.contextmanager
def as_nobody():
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_bytes_travel_both_ways(connected):
    caller, called = connected
    buffer = memoryview(bytearray(10))
    caller.send(b"ping")
    assert buffer[: called.receive_into(buffer)] == b"ping"
    called.send(b"pong")
    assert buffer[: caller.receive_into(buffer)] == b"pong"


@pytest.mark.parametrize("patience", [1e-9, 60])
def test_a_patient_receiver_gets_data_within_its_patience_or_later(connected, patience):
    caller, called = connected
    buffer = memoryview(bytearray(10))
    sender = threading.Thread(target=caller.send, args=[b"ping"])
    sender.start()
    assert buffer[: called.receive_into(buffer, patience)] == b"ping"
    sender.join()
    caller.close()
    assert called.receive_into(buffer, patience) == 0


@SOCKET
def test_the_number_of_a_closed_connection_is_free_when_no_thread_uses_it_any_more():
    left, right = socket.socketpair()
    with right:
        transport = Transport(left)
        number, receive = transport.fileno(), transport._socket.recv  # as a thread that is about to receive has it
        transport.close()
        with pytest.raises(OSError, match="descriptor"):
            transport.send(b"late")
        assert transport.fileno() == -1
        assert (right.recv(1), receive(1)) == (b"", b"")
        assert os.fstat(number)
        del receive
        with pytest.raises(OSError, match="descriptor"):
            os.fstat(number)


@SOCKET
def test_only_the_owner_can_connect_and_the_socket_goes_away(directory):
    path = address(directory, "daemon")
    listener = listen(path)
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    listener.close()
    listener.close()
    assert not Path(path).exists()


@pytest.mark.not_wine("it lets a second listener have the name of a pipe, in spite of FILE_FLAG_FIRST_PIPE_INSTANCE")
def test_an_address_that_exists_is_not_taken_over(directory):
    path = address(directory, "daemon")
    with contextlib.closing(listen(path)), pytest.raises(OSError):
        listen(path)


def test_closing_the_listener_wakes_who_accepts(directory):
    for number in range(100):  # who has just begun, and who waits
        listener = listen(address(directory, f"daemon-{number}"))
        accepted = queue.SimpleQueue()
        accepting = threading.Thread(target=lambda listen, tell: tell(listen()), args=(listener.accept, accepted.put))
        accepting.start()
        listener.close()
        assert accepted.get(timeout=SECONDS) is None
        accepting.join(SECONDS)
        assert listener.accept() is None


def test_an_address_without_a_listener_is_an_error_at_once(directory):
    with pytest.raises(FileNotFoundError):
        connect(address(directory, "daemon"), 5)


@SOCKET
def test_a_socket_that_nobody_listens_at_is_an_error_at_once(directory):
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(address(directory, "deaf"))
        with pytest.raises(ConnectionRefusedError):
            connect(address(directory, "deaf"), 5)


@SOCKET
@pytest.mark.skipif(sys.platform != "linux", reason="a full backlog refuses elsewhere")
def test_a_full_backlog_is_waited_for_only_as_long_as_given(directory):
    path = address(directory, "busy")
    with socket.socket(socket.AF_UNIX) as busy:
        busy.bind(path)
        busy.listen(0)
        with contextlib.closing(connect(path, 5)), pytest.raises(TimeoutError, match="did not accept"):
            connect(path, 0.01)


def test_waiting_ends_with_data_or_with_the_connection(connected):
    caller, called = connected
    assert caller.wait(0) is False
    called.send(b"ping")
    assert caller.wait(SECONDS) is True
    assert caller.receive_into(memoryview(bytearray(10))) == 4
    called.close()
    assert caller.wait(SECONDS) is True


def test_a_peer_of_this_user_is_trusted(connected):
    caller, called = connected
    trusted = []
    asking = threading.Thread(target=lambda: trusted.append(authenticate(caller, "key", accepted=False)))
    asking.start()
    assert authenticate(called, "key", accepted=True)
    asking.join()
    assert trusted == [True]


def test_each_side_knows_the_process_at_the_other_end_until_the_connection_is_closed(connected):
    for transport in connected:
        assert transport.peer_process() == (None if sys.platform == "darwin" else os.getpid())
        transport.close()
        assert transport.peer_process() is None


@OTHER_USERS
@ROOT
def test_a_caller_of_another_user_is_not_trusted(directory):
    path = address(directory, "daemon")
    Path(directory).chmod(0o755)
    with contextlib.closing(listen(path)) as listener:
        Path(path).chmod(0o666)
        with as_nobody():
            caller = connect(path, 5)
        with contextlib.closing(caller), contextlib.closing(listener.accept()) as called:
            assert not authenticate(called, "key", accepted=True)


@OTHER_USERS
@ROOT
def test_a_listener_of_another_user_is_not_trusted(directory):
    path = address(directory, "daemon")
    Path(directory).chmod(0o777)
    with as_nobody():
        listener = listen(path)
    with contextlib.closing(listener), contextlib.closing(connect(path, 5)) as caller:
        assert not authenticate(caller, "key", accepted=False)
