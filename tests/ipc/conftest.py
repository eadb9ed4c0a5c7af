"""The link between an adaptor and its application, ready to be used."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import threading

import pytest
from adaptor_runtime.ipc import ActionsQueue
from adaptor_runtime_client._transport import address, connect, listen
from application_link import Application, Client, PathMapper, served


def _cannot_start(*_):
    raise RuntimeError("can't start new thread")


@pytest.fixture
def actions_queue():
    return ActionsQueue()


@pytest.fixture
def adaptor():
    return PathMapper()


@pytest.fixture
def server(actions_queue, adaptor):
    with served(actions_queue, adaptor) as server:
        yield server


@pytest.fixture
def client(server):
    before = signal.getsignal(signal.SIGTERM)
    client = Client(server.server_path)
    client.actions["echo"] = lambda args: args
    yield client
    client._adaptor_link.close()
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def start(server):
    """Start applications; they are gone when the test is."""
    with contextlib.ExitStack() as stack:

        def start(**how):
            application = Application(server.server_path, **how)
            stack.callback(application.kill)
            application.read_until("ready")
            return application

        yield start


@pytest.fixture
def no_new_thread(monkeypatch):
    """A block in which no thread can start, since its stack would be too large; Windows would take that size."""

    @contextlib.contextmanager
    def no_new_thread():
        with monkeypatch.context() as patch:
            if os.name == "nt":
                patch.setattr("_thread.start_new_thread", _cannot_start)  # that of the runtime
            else:
                threading.stack_size(1 << 46)
            try:
                yield
            finally:
                threading.stack_size(0)

    return no_new_thread


@pytest.fixture
def connected():
    """Both ends of a connection: the one that called, and the one that was called."""
    place = "/tmp" if os.name == "posix" else None  # the path of a socket must be short
    with tempfile.TemporaryDirectory(prefix="t-", dir=place) as directory, contextlib.ExitStack() as stack:
        path = address(directory, "pair")
        listener = stack.enter_context(contextlib.closing(listen(path)))
        accepted = []
        accepting = threading.Thread(target=lambda: accepted.append(listener.accept()))
        accepting.start()
        caller = stack.enter_context(contextlib.closing(connect(path, 10)))
        accepting.join()
        yield caller, stack.enter_context(contextlib.closing(accepted[0]))
