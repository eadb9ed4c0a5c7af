"""An adaptor that keeps an application, in a real daemon."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import psutil
import pytest
from adaptor_runtime.ipc._commands.frontend import snapshot
from adaptor_runtime.testing import daemon_session, session
from adaptor_runtime.testing._surroundings import same_environment_afterwards
from gates import Gates
from kept_application import Held, Linked, calls, process_of
from patience import SECONDS


def test_the_life_of_the_application_is_in_the_log_the_journal_the_status_and_the_drawing():
    with daemon_session(Linked) as one:
        assert one.application == "ready"
        assert one.run(calls(("echo", {"a": 1}))).exit_code == 0
        with same_environment_afterwards(one._driver._environment):
            status = subprocess.run(one._driver._words("status"), capture_output=True, text=True, check=True).stdout
            drawing = subprocess.run(
                [sys.executable, "-m", "adaptor_runtime", "graph", "--journal", one._driver._journal],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
    assert "application:  linked, ready" in status
    assert "loading" in drawing
    assert "asked to close" in one.text
    assert one.application_path == ["loading", "ready", "busy", "ready", "closed"]
    assert "transition application=linked sequence=2 trigger=ready from=loading to=ready" in one.text


@pytest.mark.faults("The application's life")
def test_after_a_daemon_is_killed_neither_its_application_nor_the_folder_is_left():
    with daemon_session(Linked) as one:
        one.run(calls(("temporary", {"text": "x"})))
        file = eval(next(line for line in one.lines if line.startswith("results"))[8:])[0]
        assert os.path.exists(file)
        application = psutil.Process(process_of(one))
        daemon = application.parent()
        daemon.kill()
        psutil.wait_procs([application], SECONDS)
        if os.name == "nt":  # there, the next runtime removes the folder
            with session(Linked):
                pass
        deadline = time.monotonic() + SECONDS
        while os.path.exists(os.path.dirname(file)) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not os.path.exists(os.path.dirname(file))
        assert not application.is_running()
        one.stop(check=False)


@pytest.fixture
def gates(tmp_path):
    gates = Gates(tmp_path)
    yield gates
    gates.close()


@pytest.mark.faults("Cancel")
def test_the_status_shows_that_the_application_of_a_canceled_task_is_still_being_ended(gates):
    gate = gates.make("gate")
    with daemon_session(Held, init_data={"gate": gate}, deadlines={"cancel": SECONDS}) as one:
        task = one.begin_run(calls("hang"))
        one.wait_for("hanging")
        connection = str(one._driver._connection)
        snapshot(connection)  # loads what the next one needs
        one._driver.cancel("SIGTERM", one._calls[-1].ticket)
        assert task.result(check=False).exit_code == 143
        now = snapshot(connection)
        assert (now.state, now.in_flight["hook"]) == ("canceled", "on_cancel")
        assert "cancel" in [each["name"] for each in now.limits if each["left"] is not None]
        gates.release(gate)
        one._driver.wait_cancel_ended(SECONDS)
        assert snapshot(connection).in_flight is None
        assert one.application == "closed"
