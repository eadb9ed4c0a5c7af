"""Connections over named pipes, which any thread may close."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import time

import psutil
import pytest
from adaptor_runtime.ipc._application.actions_queue import ActionsQueue
from adaptor_runtime.ipc._application.server import AdaptorServer
from adaptor_runtime.ipc._errors import HandshakeError
from adaptor_runtime.ipc._handshake import welcome
from adaptor_runtime_client._channel import ChannelClosedError
from adaptor_runtime_client._greeting import NotTrustedError, greet
from adaptor_runtime_client._transport import address, connect, listen

pytestmark = [
    pytest.mark.windows("on POSIX, tests/ipc does this with sockets"),
    pytest.mark.timeout(300),
]

SECONDS = 60


@pytest.fixture
def listener():
    path = address(rf"C:\{os.urandom(8).hex()}", "daemon")
    listener = listen(path)
    yield listener, path
    listener.close()


def pair(listener, path):
    accepted = []
    thread = threading.Thread(target=lambda: accepted.append(listener.accept()))
    thread.start()
    connecting = connect(path, SECONDS)
    thread.join(SECONDS)
    return connecting, accepted[0]


def test_a_thread_that_reads_from_the_pipe_itself_gets_an_error_when_another_one_closes_it(listener, monkeypatch):
    ours, theirs = pair(*listener)
    reading = threading.Event()
    # As if data had been announced that is not there; then the pipe is asked, which nothing but the close can end.
    monkeypatch.setattr(type(ours), "_is_readable", lambda *_: reading.set() or True)
    errors = []

    def read():
        try:
            ours.receive_into(memoryview(bytearray(10)))
        except OSError as error:
            errors.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    reading.wait(SECONDS)
    ours.close()
    thread.join(SECONDS)
    theirs.close()
    assert len(errors) == 1
    assert "closed" in errors[0]


def close_twice_while_one_reads(transport):
    errors = []

    def read():
        try:
            while transport.receive_into(memoryview(bytearray(10))):
                pass
        except OSError:
            pass
        except BaseException as error:
            errors.append(error)

    gate = threading.Barrier(3)

    def close():
        gate.wait(SECONDS)
        transport.close()

    threads = [threading.Thread(target=target, daemon=True) for target in (read, close, close)]
    for thread in threads:
        thread.start()
    gate.wait(SECONDS)
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads)
    assert errors == []


def test_two_threads_close_a_transport_while_a_third_one_reads(listener):
    for _ in range(3):  # what is made once
        for transport in pair(*listener):
            close_twice_while_one_reads(transport)
    before = psutil.Process().num_handles()
    for _ in range(50):
        here, there = pair(*listener)
        bystander, other = pair(*listener)
        close_twice_while_one_reads(here)
        other.send(b"still open")  # not the handle of somebody else was closed
        buffer = bytearray(100)
        assert bytes(buffer[: bystander.receive_into(memoryview(buffer))]) == b"still open"
        for transport in (there, bystander, other):
            transport.close()
    assert psutil.Process().num_handles() < before + 30


def test_a_wrong_key_is_not_taken_for_another_user(listener):
    listening, path = listener
    refused = []

    def serve():
        with pytest.raises(HandshakeError) as raised:
            welcome(listening.accept(), "right")
        refused.append(str(raised.value))

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(NotTrustedError, match="does not know the key"):
        greet(path, "wrong", "frontend", SECONDS)
    thread.join(SECONDS)
    assert "does not know the key" in refused[0]


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([b"who are you", b"go away"], NotTrustedError),  # an interpreter without assertions takes it for a challenge
        ([], ChannelClosedError),
        ([b"#CHALLENGE#" + bytes(20)], ChannelClosedError),
    ],
)
def test_who_sends_no_challenge_is_not_trusted_and_who_hangs_up_is_gone(listener, answers, error):
    listening, path = listener

    def serve():
        accepted = listening.accept()
        for answer in answers:
            with contextlib.suppress(OSError):  # the other side has closed it
                accepted.send(answer)
            accepted.wait(SECONDS)
        accepted.close()

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(error):
        greet(path, "key", "frontend", SECONDS)
    thread.join(SECONDS)


FIND_KEY = """
import os, sys
from adaptor_runtime_client._application_key import find_key
print(find_key(sys.argv[1]))
"""


@pytest.mark.parametrize(
    "others", [{}, {"ADAPTOR_RUNTIME_KEY_FILE": r"C:\another\application.key"}], ids=["", "another"]
)
def test_an_application_with_a_temporary_directory_of_its_own_finds_the_key_of_its_adaptor(tmp_path, others):
    server = AdaptorServer(ActionsQueue(), object())
    try:
        keys = []
        for variables in ({**server.environment, "TMPDIR": str(tmp_path), "TEMP": str(tmp_path)}, others):
            command = [sys.executable, "-c", FIND_KEY, server.server_path]
            keys.append(subprocess.check_output(command, env={**os.environ, **variables}))
        assert keys[0] == keys[1]
        assert len(keys[0].strip()) == 64
    finally:
        server.shutdown()


def test_who_does_not_accept_or_does_not_prove_itself_is_given_up_after_the_seconds_of_the_caller(listener):
    began = time.monotonic()
    for why in ("did not prove in time that it knows the key", "accepts no connection"):
        with pytest.raises(TimeoutError, match=why):
            greet(listener[1], "key", "frontend", 0.3)
    assert time.monotonic() - began < 5  # the system's own limit for a busy pipe is 20 s


def test_a_listener_whose_process_is_gone_is_not_waited_for_although_somebody_is_connected(listener):
    transport, accepted = pair(*listener)
    accepted.close()
    listener[0].close()  # the pipe exists as long as one end of it is open
    with pytest.raises(OSError, match=r"accepts no connection|annot find|not found"):
        connect(listener[1], SECONDS, lambda: False)
    transport.close()
