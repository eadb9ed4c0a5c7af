from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pytest
from adaptor_runtime.application_ipc import AdaptorServer as PublishedAdaptorServer
from adaptor_runtime.ipc import AdaptorServer, ApplicationLinkLostError
from adaptor_runtime.ipc._handshake import welcome
from adaptor_runtime_client import Action, AdaptorGoneError
from adaptor_runtime_client._application_key import find_key
from adaptor_runtime_client._channel import Channel
from adaptor_runtime_client._greeting import greet
from adaptor_runtime_client._messages import PROTOCOL, Hello, NextAction, Refused, Start
from adaptor_runtime_client._transport import authenticate, connect
from application_link import PACKAGES, SECONDS, Client, served

NOBODY = 65534

# The server.


def test_the_address_is_there_as_soon_as_the_server_is(actions_queue, adaptor):
    server = AdaptorServer(actions_queue, adaptor)
    connect(server.server_path, SECONDS).close()
    server.shutdown()
    with pytest.raises(OSError):
        connect(server.server_path, SECONDS)


@pytest.mark.posix("there, the address is a file in a directory")
def test_the_address_is_a_socket_in_a_directory_of_this_user(actions_queue, adaptor):
    server = AdaptorServer(actions_queue, adaptor)
    assert Path(server.server_path).is_socket()
    directory = Path(server.server_path).parent
    assert (directory.stat().st_mode & 0o777, directory.stat().st_uid) == (0o700, os.geteuid())
    server.shutdown()
    assert not directory.exists()


def test_who_connects_before_the_server_serves_is_served_then(actions_queue, adaptor):
    server = AdaptorServer(actions_queue, adaptor)
    answers = []
    asking = threading.Thread(target=lambda: answers.append(Client(server.server_path).map_path("/from/a")))
    asking.start()
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    asking.join(SECONDS)
    server.shutdown()
    serving.join(SECONDS)
    assert answers == ["/to/a"]


def test_a_server_that_was_shut_down_serves_no_application(actions_queue, adaptor):
    server = AdaptorServer(actions_queue, adaptor)
    server.shutdown()
    server.shutdown()
    server.serve_forever()
    assert "shut down" in repr(server)
    with pytest.raises(AdaptorGoneError, match="no adaptor-runtime adaptor answers"):
        Client(server.server_path).map_path("/from/a")


def test_many_threads_may_shut_down_at_once(actions_queue, adaptor):
    with served(actions_queue, adaptor) as server:
        threads = [threading.Thread(target=server.shutdown) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(SECONDS)
        assert not any(thread.is_alive() for thread in threads)


def test_shutdown_ends_the_wait_of_the_applications(server, start):
    applications = [start() for _ in range(2)]
    server.shutdown()
    for application in applications:
        assert application.wait() == 1
        assert "AdaptorGoneError" in application.stderr


def test_who_was_disconnected_gets_no_action_before_it_has_connected_again(actions_queue, server, start):
    application = start()
    for number in range(2):
        future = actions_queue.enqueue_action(Action("echo", {"number": number}))
        assert future.result(SECONDS) == {"number": number}
        server.disconnect()
    actions_queue.enqueue_action(Action("close"))
    assert application.wait() == 0


def test_who_is_disconnected_while_it_is_greeted_connects_again(actions_queue, server, start, monkeypatch, caplog):
    greetings = []

    def disconnect_the_first(*arguments):
        greetings.append(arguments)
        if len(greetings) == 1:
            server.disconnect()
        return welcome(*arguments)

    monkeypatch.setattr("adaptor_runtime.ipc._application.server.welcome", disconnect_the_first)
    application = start()
    future = actions_queue.enqueue_action(Action("echo", {"number": 1}))
    assert future.result(SECONDS) == {"number": 1}
    actions_queue.enqueue_action(Action("close"))
    assert application.wait() == 0
    assert len(greetings) == 2
    assert not caplog.text


def test_shutdown_reports_the_actions_in_hand_and_leaves_the_others_queued(actions_queue, server, start):
    application = start()
    future = actions_queue.enqueue_action(Action("hang"))
    actions_queue.enqueue_action(Action("echo", {}))
    application.read_until("hanging")
    server.shutdown()
    assert isinstance(future.exception(SECONDS), ApplicationLinkLostError)
    assert actions_queue.dequeue_action() == Action("echo", {})


def test_shutdown_does_not_wait_for_an_adaptor_that_hangs(adaptor, server, client, monkeypatch):
    monkeypatch.setattr("adaptor_runtime.ipc._application.server._SETTLE_SECONDS", 0.05)
    adaptor.hold.clear()

    def ask():
        with contextlib.suppress(AdaptorGoneError):
            client.map_path("/from/slow")

    asking = threading.Thread(target=ask)
    asking.start()
    adaptor.wait_for("/from/slow")
    server.shutdown()
    asking.join(SECONDS)
    assert not asking.is_alive()
    adaptor.hold.set()


def test_shutdown_may_come_from_the_adaptor_that_is_asked(actions_queue, adaptor):
    with served(actions_queue, adaptor) as server:
        adaptor.map_path = lambda path: server.shutdown() or path
        with pytest.raises(AdaptorGoneError):
            Client(server.server_path).map_path("/from/a")


@pytest.mark.posix("there, the address is a file in a directory")
def test_the_directory_of_a_forgotten_server_is_removed(actions_queue, adaptor):
    server = AdaptorServer(actions_queue, adaptor)
    directory = Path(server.server_path).parent
    del server
    assert not directory.exists()


FORKS = """
import os
from adaptor_runtime.ipc import ActionsQueue, AdaptorServer
server = AdaptorServer(ActionsQueue(), None)
child = os.fork()
if child == 0:
    server.shutdown()
    os._exit(0)
os.waitpid(child, 0)
print(os.path.exists(server.server_path), flush=True)
server.shutdown()
print(os.path.exists(os.path.dirname(server.server_path)))
"""


@pytest.mark.posix("the system has no fork")
def test_another_process_than_the_one_that_made_the_socket_leaves_it_there():
    done = subprocess.run([sys.executable, "-c", FORKS], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "False"]


def test_the_old_name_of_the_address_warns(server):
    with pytest.warns(DeprecationWarning, match="server_path"):
        assert server.socket_path == server.server_path
    with pytest.warns(DeprecationWarning, match="server_path"):
        server.socket_path = server.server_path


def test_the_names_of_published_adaptors_lead_here():
    assert PublishedAdaptorServer is AdaptorServer


# Who is served.


def test_a_silent_connection_delays_no_other(server, client):
    silent = [connect(server.server_path, SECONDS) for _ in range(5)]
    assert client.map_path("/from/a") == "/to/a"
    for transport in silent:
        transport.close()


def test_a_client_with_another_protocol_is_reported(server):
    transport = connect(server.server_path, SECONDS)
    assert authenticate(transport, find_key(server.server_path), accepted=False)
    channel = Channel(transport)
    channel.send(Hello(PROTOCOL + 1, "9.9", "application", find_key(server.server_path)))
    channel.receive(SECONDS)
    answer, _ = channel.receive(SECONDS)
    assert isinstance(answer, Refused)
    assert "9.9" in answer.reason
    channel.close()


def test_an_application_is_dropped_if_no_thread_can_start(server, client, caplog, no_new_thread):
    with no_new_thread():
        with pytest.raises(AdaptorGoneError):
            client.map_path("/from/a")
    assert "dropped an application's connection: can't start new thread" in caplog.text
    assert client.map_path("/from/a") == "/to/a"
    server.shutdown()


def test_an_application_that_waits_when_no_thread_can_start_is_disconnected_and_loses_no_action(
    actions_queue, server, client, caplog, no_new_thread
):
    assert client.map_path("/from/a") == "/to/a"
    with no_new_thread():
        with pytest.raises(AdaptorGoneError):
            client.poll_once(SECONDS)
    future = actions_queue.enqueue_action(Action("echo", {"a": 1}))
    client.poll_once(SECONDS)
    assert future.result(SECONDS) == {"a": 1}
    server.shutdown()
    assert "stopped serving an application: can't start new thread" in caplog.text


def test_who_speaks_another_language_is_cut_off(server, client):
    channel, _ = greet(server.server_path, find_key(server.server_path), "application", SECONDS)
    channel.send(Start())
    with pytest.raises(ConnectionError):
        channel.receive(SECONDS)
    channel.close()
    assert client.map_path("/from/a") == "/to/a"


def test_a_number_that_is_still_in_use_disconnects_and_loses_no_action(actions_queue, server, start):
    channel, _ = greet(server.server_path, find_key(server.server_path), "application", SECONDS)
    for _ in range(2):
        channel.send(NextAction(7))
    with pytest.raises(ConnectionError):
        channel.receive(SECONDS)
    channel.close()
    future = actions_queue.enqueue_action(Action("echo", {"a": 1}))
    start()
    assert future.result(SECONDS) == {"a": 1}


def test_the_number_of_an_action_in_hand_disconnects_and_reports_its_loss(actions_queue, server):
    first = actions_queue.enqueue_action(Action("echo"))
    second = actions_queue.enqueue_action(Action("echo"))
    channel, _ = greet(server.server_path, find_key(server.server_path), "application", SECONDS)
    for _ in range(2):
        channel.send(NextAction(7))
    with pytest.raises(ApplicationLinkLostError):
        first.result(SECONDS)
    channel.close()
    assert len(actions_queue) == 1
    assert not second.done()


def test_an_answer_without_a_waiting_thread_is_ignored(actions_queue, server):
    channel, _ = greet(server.server_path, find_key(server.server_path), "application", SECONDS)
    channel.send(NextAction(7))
    actions_queue.enqueue_action(Action("echo")).cancel()
    channel.close()


INTRUDER = """
import os, socket, sys
sys.path.insert(0, sys.argv[1])
from adaptor_runtime_client._messages import PROTOCOL, Hello, encode
os.setgroups([])
os.setgid(int(sys.argv[3]))
os.setuid(int(sys.argv[3]))
with socket.socket(socket.AF_UNIX) as connected:
    try:
        connected.connect(sys.argv[2])
        connected.sendall(encode(Hello(PROTOCOL, "0.1.0", "application", "")))
        print("answer:", connected.recv(1000))
    except OSError as error:
        print(type(error).__name__)
"""


OTHER_USERS = pytest.mark.posix("acts as another user through setuid")


@pytest.fixture
def intruder():
    if os.geteuid():
        pytest.skip("only root can act as somebody else")

    def run(path):
        program = [sys.executable, "-c", INTRUDER, str(PACKAGES), path, str(NOBODY)]
        return subprocess.run(program, check=True, capture_output=True, text=True, timeout=SECONDS).stdout

    return run


@OTHER_USERS
def test_another_user_cannot_reach_the_socket(server, intruder):
    assert intruder(server.server_path) == "PermissionError\n"


@OTHER_USERS
def test_another_user_who_reaches_the_socket_is_rejected(server, intruder, adaptor, caplog):
    path = Path(server.server_path)
    path.parent.chmod(0o755)
    path.chmod(0o666)
    assert intruder(server.server_path) in {"answer: b''\n", "ConnectionResetError\n", "BrokenPipeError\n"}
    until = time.monotonic() + SECONDS
    while "rejected a connection: the process that connects belongs to another user" not in caplog.text:
        assert time.monotonic() < until  # it is said when the connection is closed
        time.sleep(0.01)


FOREIGN_SERVER = """
import os, socket, sys
with socket.socket(socket.AF_UNIX) as listening:
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
    listening.bind(sys.argv[1])
    listening.listen()
    print("ready", flush=True)
    connected, _ = listening.accept()
    print("received", connected.recv(1000), flush=True)
"""


@OTHER_USERS
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can act as somebody else")
def test_a_client_sends_nothing_to_a_server_of_another_user():
    directory = Path(tempfile.mkdtemp(prefix="adaptor-runtime-test-"))
    directory.chmod(0o777)
    path = str(directory / "socket")
    program = [sys.executable, "-c", FOREIGN_SERVER, path, str(NOBODY)]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as foreign:
        assert foreign.stdout.readline() == "ready\n"
        before = signal.getsignal(signal.SIGTERM)
        with pytest.raises(AdaptorGoneError, match="belongs to another user"):
            Client(path).map_path("/from/a")
        signal.signal(signal.SIGTERM, before)
        assert foreign.stdout.read() == "received b''\n"
    shutil.rmtree(directory)
