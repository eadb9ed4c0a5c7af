"""Which client of an application serves."""

from __future__ import annotations

import threading

import pytest
from adaptor_runtime.adaptors._application.clients import Clients
from adaptor_runtime.ipc._application.linked_application import LinkedApplication
from patience import SECONDS

FIRST, SECOND = (LinkedApplication(number, 100 + number, None, "") for number in (1, 2))


@pytest.fixture
def clients():
    return Clients()


@pytest.fixture
def _impatient(monkeypatch):
    monkeypatch.setattr("adaptor_runtime.adaptors._application.clients.PATIENCE", 0.01)


@pytest.mark.usefixtures("_impatient")
def test_a_second_client_is_refused_while_the_first_one_serves(clients):
    assert clients.admit(FIRST) is None
    assert "process 102 may not serve" in clients.admit(SECOND)
    clients.leave(SECOND, "it was refused")
    assert clients.serves


def test_a_client_may_serve_as_soon_as_the_former_one_has_left(clients):
    clients.admit(FIRST)
    admitted = []
    waiting = threading.Thread(target=lambda: admitted.append(clients.admit(SECOND)))
    waiting.start()
    clients.leave(FIRST, "it ended")
    waiting.join(SECONDS)
    assert admitted == [None]
    assert clients.serves


@pytest.mark.usefixtures("_impatient")
def test_the_client_of_the_next_application_serves_whatever_became_of_the_former_one(clients):
    clients.admit(FIRST)
    clients.forget()
    assert clients.admit(SECOND) is None
    clients.leave(FIRST, "it ended at last")
    assert (clients.serves, clients.why_left) == (True, "")
