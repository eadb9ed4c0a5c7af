from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

import adaptor_runtime_client
import pytest
from adaptor_runtime_client import (
    Action,
    AdaptorGoneError,
    ClientInterface,
    HTTPClientInterface,
    PathMappingRule,
    canceled,
)
from adaptor_runtime_client._application_key import make_key
from adaptor_runtime_client._channel import MESSAGE_LIMIT, Channel
from adaptor_runtime_client._messages import (
    PROTOCOL,
    ActionDone,
    GivenAction,
    Hello,
    MapPath,
    MappedPath,
    NextAction,
    Refused,
    Welcome,
    Withdraw,
)
from adaptor_runtime_client._transport import address, authenticate, listen
from adaptor_runtime_client.win_client_interface import WinClientInterface
from patience import SECONDS

ASKED = getattr(signal, "SIGBREAK", signal.SIGTERM)  # the signal that asks an application to end


class Client(ClientInterface):
    """An application that does nothing."""

    def close(self, args):
        """Nothing to close."""

    def graceful_shutdown(self, signum, frame):
        """Nothing to shut down."""


@pytest.fixture(autouse=True)
def handler():
    before = signal.getsignal(ASKED)
    yield before
    signal.signal(ASKED, before)


class Adaptor:
    """The other side, played by hand: what it says is written in the test."""

    def __init__(self, directory):
        self.path = address(directory, "application")
        self._key = make_key(self.path, directory)
        self._listener = listen(self.path)
        self.channel = None

    def accept(self, answer=None):
        """Take the next connection and answer its greeting."""
        self.hang_up()
        transport = self._listener.accept()
        assert authenticate(transport, self._key, accepted=True)
        self.channel = Channel(transport, limit=MESSAGE_LIMIT)
        hello = self.receive()
        self.channel.send(answer or Welcome(PROTOCOL, "0.1.0", 1))
        return hello

    def accept_and_hang_up(self):
        """Take the next connection and end it instead of a greeting."""
        self._listener.accept().close()

    def receive(self):
        return self.channel.receive(SECONDS)[0]

    def hang_up(self):
        if self.channel is not None:
            self.channel.close()

    def close(self):
        self._listener.close()
        self.hang_up()


@pytest.fixture
def adaptor():
    with tempfile.TemporaryDirectory() as directory, contextlib.closing(Adaptor(directory)) as adaptor:
        yield adaptor


@contextlib.contextmanager
def asking(function, *args, **kwargs):
    """Call a function in another thread; give the list into which its outcome goes."""
    outcome = []

    def call():
        try:
            outcome.append(function(*args, **kwargs))
        except Exception as error:
            outcome.append(error)

    thread = threading.Thread(target=call)
    thread.start()
    yield outcome
    thread.join(SECONDS)
    assert not thread.is_alive()


# What it is made of.


def test_close_is_an_action_from_the_beginning():
    client = Client("/address")
    assert client.actions == {"close": client.close}
    assert client.server_path == "/address"


@pytest.mark.parametrize("name", ["close", "graceful_shutdown"])
def test_an_application_must_define_how_it_ends(name):
    part = type("Part", (ClientInterface,), {name: lambda self, *args: None})
    with pytest.raises(TypeError, match="abstract"):
        part("/address")


def test_the_old_keyword_of_the_address_warns():
    with pytest.warns(DeprecationWarning, match="server_path"):
        client = Client(socket_path="/address")
    assert client.server_path == "/address"
    with pytest.warns(DeprecationWarning, match="server_path"):
        assert client.socket_path == "/address"
    with pytest.warns(DeprecationWarning, match="server_path"):
        client.socket_path = "/other"
    assert client.server_path == "/other"


def test_one_address_is_needed():
    with pytest.warns(DeprecationWarning, match="server_path"), pytest.raises(ValueError, match="exclude each other"):
        Client("/address", socket_path="/address")
    with pytest.raises(TypeError, match="server_path"):
        Client()


def test_published_clients_know_it_by_other_names():
    assert HTTPClientInterface is ClientInterface
    assert WinClientInterface is ClientInterface


def test_the_main_thread_handles_the_signal_that_asks_it_to_end():
    client = Client("/address")
    assert signal.getsignal(ASKED) == client.graceful_shutdown


def test_no_other_thread_touches_signals(handler):
    with asking(Client, "/address") as outcome:
        pass
    assert isinstance(outcome[0], Client)
    assert signal.getsignal(ASKED) is handler


def test_an_application_that_embeds_python_may_have_no_main_thread(monkeypatch, handler):
    # Then Python's idea of the main thread is wrong, and signal.signal refuses.
    monkeypatch.setattr(threading, "main_thread", threading.current_thread)
    with asking(Client, "/address") as outcome:
        pass
    assert isinstance(outcome[0], Client)


def test_names_are_loaded_when_they_are_used_and_listed_before():
    assert set(adaptor_runtime_client.__all__) <= set(dir(adaptor_runtime_client))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        adaptor_runtime_client.nothing  # noqa: B018


@pytest.mark.unmeasured
def test_nothing_heavy_is_loaded():
    program = (
        "import sys; from adaptor_runtime_client import Action, ClientInterface, PathMappingRule; print(*sys.modules)"
    )
    loaded = subprocess.run([sys.executable, "-I", "-c", program], check=True, capture_output=True, text=True).stdout
    heavy = {
        "asyncio",
        "concurrent",
        "dataclasses",
        "http",
        "inspect",
        "logging",
        "multiprocessing",
        "traceback",
        "tempfile",
    }
    if os.name == "nt":
        heavy -= {"multiprocessing", "tempfile"}  # named pipes
    assert not heavy & set(loaded.split())


# How it talks.


def test_the_first_message_says_who_connects(adaptor):
    with asking(Client(adaptor.path).poll_once):
        hello = adaptor.accept()
        assert isinstance(hello, Hello)
        assert (hello.protocol, hello.purpose) == (PROTOCOL, "application")
        assert adaptor.receive() == NextAction(1, wait=False)
        adaptor.hang_up()
        adaptor.close()


def test_an_action_is_answered_together_with_the_next_question(adaptor):
    client = Client(adaptor.path)
    client.actions["add"] = lambda args: args["a"] + args["b"]
    with asking(client.poll) as outcome:
        adaptor.accept()
        assert adaptor.receive() == NextAction(1)
        adaptor.channel.send(GivenAction(1), b'{"name": "add", "args": {"a": 1, "b": 2}}')
        assert adaptor.receive() == NextAction(2)
        assert adaptor.receive() == ActionDone(1, 3)
        adaptor.channel.send(GivenAction(2), b'{"name": "close"}')
        assert adaptor.receive() == ActionDone(2, None)
    assert outcome == [None]


def test_an_action_that_cannot_be_read_has_failed(adaptor):
    with asking(Client(adaptor.path).poll_once) as outcome:
        adaptor.accept()
        adaptor.receive()
        adaptor.channel.send(GivenAction(1), b"garbage")
        assert adaptor.receive().error_type == "ValueError"
    assert outcome == [None]


def test_a_handler_that_returns_its_work_undone_has_failed(adaptor):
    async def later(args):
        raise AssertionError

    client = Client(adaptor.path)
    client.actions["later"] = later
    with asking(client.poll_once) as outcome:
        adaptor.accept()
        adaptor.receive()
        adaptor.channel.send(GivenAction(1), b'{"name": "later"}')
        assert "the handler of 'later' returned a coroutine and did nothing" in str(adaptor.receive())
    assert isinstance(outcome[0], TypeError)


def test_an_action_that_arrives_while_the_poll_gives_up_is_performed(adaptor):
    client = Client(adaptor.path)
    client.actions["late"] = lambda args: "performed"
    with asking(client.poll_once, timeout=0.01) as outcome:
        adaptor.accept()
        assert adaptor.receive() == NextAction(1)
        assert adaptor.receive() == Withdraw(1)
        adaptor.channel.send(GivenAction(1), b'{"name": "late"}')
        assert adaptor.receive() == ActionDone(1, "performed")
    assert outcome == [Action("late")]


def test_answers_in_any_order_reach_the_right_threads(adaptor):
    client = Client(adaptor.path)
    with asking(client.map_path, "/a") as first, asking(client.map_path, "/b") as second:
        adaptor.accept()
        questions = [adaptor.receive(), adaptor.receive()]
        for question in reversed(questions):
            assert isinstance(question, MapPath)
            adaptor.channel.send(MappedPath(question.request, "/mapped" + question.path))
    assert (first, second) == (["/mapped/a"], ["/mapped/b"])


def test_a_message_of_a_later_release_is_ignored(adaptor):
    with asking(Client(adaptor.path).map_path, "/a") as outcome:
        adaptor.accept()
        adaptor.receive()
        head = b'{"kind":"teleport"}'
        adaptor.channel.send_encoded(len(head).to_bytes(4, "big") + bytes(4) + head)
        adaptor.channel.send(MappedPath(99, "/for nobody"))
        adaptor.channel.send(MappedPath(1, "/b"))
    assert outcome == ["/b"]


def test_a_connection_that_was_lost_is_opened_once_more(adaptor):
    with asking(Client(adaptor.path).map_path, "/a") as outcome:
        adaptor.accept()
        adaptor.receive()
        adaptor.accept()
        adaptor.channel.send(MappedPath(adaptor.receive().request, "/b"))
    assert outcome == ["/b"]


def test_a_result_is_not_told_over_another_connection_than_that_of_its_action(adaptor):
    client = Client(adaptor.path)

    def lose(args):
        adaptor.hang_up()
        while not canceled():
            time.sleep(0.001)
        return "lost"

    client.actions["lose"] = lose
    with asking(client.poll) as outcome:
        adaptor.accept()
        assert adaptor.receive() == NextAction(1)
        adaptor.channel.send(GivenAction(1), b'{"name": "lose"}')
        adaptor.accept()
        assert adaptor.receive() == NextAction(1)
        adaptor.channel.send(GivenAction(1), b'{"name": "close"}')
        assert adaptor.receive() == ActionDone(1, None)
    assert outcome == [None]


def test_a_connection_that_is_lost_twice_is_an_error(adaptor):
    client = Client(adaptor.path)
    with asking(client.map_path, "/a") as first, asking(client.map_path, "/b") as second:
        for _ in range(2):
            adaptor.accept()
            adaptor.receive()
        adaptor.close()
    assert isinstance(first[0], AdaptorGoneError)
    assert isinstance(second[0], AdaptorGoneError)
    assert isinstance(first[0], RuntimeError)


def test_a_connection_that_is_lost_while_it_opens_is_opened_once_more(adaptor):
    with asking(Client(adaptor.path).map_path, "/a") as outcome:
        adaptor.accept_and_hang_up()
        adaptor.accept()
        adaptor.channel.send(MappedPath(adaptor.receive().request, "/b"))
    assert outcome == ["/b"]


def test_an_adaptor_that_never_greets_is_an_error(adaptor):
    with asking(Client(adaptor.path).map_path, "/a") as outcome:
        for _ in range(2):
            adaptor.accept_and_hang_up()
    with pytest.raises(AdaptorGoneError, match="no adaptor-runtime adaptor answers"):
        raise outcome[0]


def test_a_result_that_the_adaptor_cannot_get_any_more_is_complained_about(adaptor, capsys):
    client = Client(adaptor.path)
    client.actions["last"] = lambda args: adaptor.close()
    with asking(client.poll_once):
        adaptor.accept()
        adaptor.receive()
        adaptor.channel.send(GivenAction(1), b'{"name": "last"}')
    assert "cannot report the result" in capsys.readouterr().err


def test_an_address_without_a_listener_is_an_error_that_names_it(tmp_path):
    with pytest.raises(AdaptorGoneError, match=r"no adaptor-runtime adaptor answers at .*nowhere"):
        Client(str(tmp_path / "nowhere")).poll()


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Refused("too late", 4), "refused: too late"),
        (Welcome(PROTOCOL + 1, "9.9", 1), r"adaptor-runtime 9.9 .* use the same release"),
        (NextAction(1), "not an answer to Hello"),
    ],
)
def test_an_adaptor_that_does_not_welcome_is_an_error(adaptor, answer, said):
    with asking(Client(adaptor.path).map_path, "/a") as outcome:
        adaptor.accept(answer)
    with pytest.raises(AdaptorGoneError, match=said):
        raise outcome[0]


@pytest.mark.parametrize("lost", [0, 1])
def test_an_adaptor_that_changes_its_mind_is_an_error(adaptor, lost):
    with asking(Client(adaptor.path).map_path, "/a") as outcome:
        for _ in range(lost + 1):  # it is asked once more over another connection
            adaptor.accept()
            adaptor.receive()
        adaptor.channel.send(Refused("another protocol", 2))
    with pytest.raises(AdaptorGoneError, match="another protocol"):
        raise outcome[0]


@pytest.mark.posix("only there a signal ends what the main thread waits for")
def test_an_error_from_a_signal_handler_ends_the_wait(adaptor):
    client = Client(adaptor.path)

    def interrupted(signum, frame):
        raise RuntimeError("enough")

    signal.signal(signal.SIGTERM, interrupted)

    def serve():
        adaptor.accept()
        adaptor.receive()
        os.kill(os.getpid(), signal.SIGTERM)
        with contextlib.suppress(ConnectionError):
            adaptor.receive()

    with asking(serve):
        with pytest.raises(RuntimeError, match="enough"):
            client.poll()


def test_a_signal_handler_may_ask_while_a_handler_looks_whether_it_is_canceled(adaptor, monkeypatch):
    client = Client(adaptor.path)
    receive, answers = Channel.receive, []

    def interrupted(channel, seconds=None):
        if seconds == 0.0:
            monkeypatch.setattr(Channel, "receive", receive)
            signal.raise_signal(signal.SIGTERM)
        return receive(channel, seconds)

    monkeypatch.setattr(Channel, "receive", interrupted)
    signal.signal(signal.SIGTERM, lambda *_: answers.append(client.map_path("/a")))
    client.actions["render"] = lambda args: answers.append(canceled())

    def serve():
        adaptor.accept()
        first, adaptor.channel = adaptor.channel, None
        with contextlib.closing(first):
            assert first.receive(SECONDS)[0] == NextAction(1)
            first.send(GivenAction(1), b'{"name": "render"}')
            adaptor.accept()
            assert adaptor.receive() == MapPath(1, "/a")
            adaptor.channel.send(MappedPath(1, "/b"))
            assert [first.receive(SECONDS)[0] for _ in range(2)] == [NextAction(2), ActionDone(1, None)]
            first.send(GivenAction(2), b'{"name": "close"}')
            assert first.receive(SECONDS)[0] == ActionDone(2, None)

    with asking(serve) as outcome:
        client.poll()
    assert (answers, outcome) == (["/b", False], [None])


def test_the_oldest_path_may_be_forgotten_but_none_is_wrong(adaptor, monkeypatch):
    monkeypatch.setattr("adaptor_runtime_client._path_mapper._PATHS_KEPT", 2)
    client = Client(adaptor.path)

    def serve():
        adaptor.accept()
        for _ in range(4):
            question = adaptor.receive()
            adaptor.channel.send(MappedPath(question.request, question.path.upper()))

    with asking(serve):
        assert [client.map_path(path) for path in ("/a", "/b", "/c", "/c", "/a")] == ["/A", "/B", "/C", "/C", "/A"]


def test_a_rule_has_a_form_with_names():
    rule = PathMappingRule("POSIX", "/a", "/b", "linux")
    assert PathMappingRule.from_dict({**rule.to_dict(), "later": 1}) == rule
    with pytest.raises(KeyError):
        PathMappingRule.from_dict({"source_path": "/a"})
