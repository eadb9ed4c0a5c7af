"""A loss, or a restart, before a task has asked anything of the application costs no task."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest
from adaptor_runtime.adaptors import OnLoss, Restart
from adaptor_runtime.testing import FakeApplication, daemon_session, session
from adaptor_runtime.testing._surroundings import same_environment_afterwards
from kept_application import Driven, Linked, calls, made, process_of
from patience import SECONDS, wait_until
from program_ends import SAYS_KILLED_BY_A_STRANGER, kill

pytestmark = pytest.mark.faults("The application's life")

POLICIES = [OnLoss.FAIL_TASK, OnLoss.RESTART]
LOOK = FakeApplication().answers("look", FakeApplication().says("found"))
ASKS = {"asks": [("look", "found")]}
KEPT = {Linked: calls("echo"), Driven: ASKS}


def adaptor_of(base, **attributes):
    return made(base, fake=LOOK, **attributes)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("base", [Linked, Driven])
def test_an_application_that_is_killed_just_before_a_task_costs_none(base, policy):
    with session(adaptor_of(base, on_loss=policy, restart=Restart(attempts=0))) as one:
        for _ in range(8):
            kill(process_of(one))
            assert one.run(KEPT[base]).exit_code == 0
    assert one.application_path.count("lost") == 8


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("base", [Linked, Driven])
def test_an_application_that_is_killed_in_a_task_before_it_is_asked_costs_none(base, policy):
    begun = []

    def on_run(self, run_data):
        begun.append(1)
        if len(begun) == 1:
            kill(self.application.process.pid)
            self.application.process.wait_ended(SECONDS)
        base.on_run(self, run_data)

    with session(adaptor_of(base, on_run=on_run, on_loss=policy, restart=Restart(attempts=0))) as one:
        task = one.run(KEPT[base])
    assert begun == [1, 1]
    assert "the task begins again, since it had asked nothing" in task.text


@pytest.mark.parametrize("base", [Linked, Driven])
def test_a_task_that_had_asked_something_is_lost_with_its_application(base):
    begun = []

    def on_run(self, run_data):
        begun.append(1)
        base.on_run(self, run_data)
        kill(self.application.process.pid)
        base.on_run(self, run_data)

    with session(adaptor_of(base, on_run=on_run, on_loss=OnLoss.FAIL_TASK)) as one:
        failed = one.run(KEPT[base], check=False)
        assert (failed.exit_code, SAYS_KILLED_BY_A_STRANGER in failed.message) == (1, True)
    assert begun == [1]


def test_an_application_that_is_killed_while_it_is_restarted_costs_no_task():
    launched = []

    def on_load(self):
        launched.append(self.application.process.pid)
        if len(launched) == 2:
            kill(launched[-1])
            self.application.process.wait_ended(SECONDS)
        self.application.ask("look", "found")

    adaptor = adaptor_of(Driven, on_load=on_load, on_loss=OnLoss.FAIL_TASK, restart=Restart(after_tasks=1))
    with session(adaptor) as one:
        assert [one.run(ASKS).exit_code for _ in range(2)] == [0, 0]
    assert len(launched) == 3


def test_an_application_that_never_survives_its_loading_is_launched_twice_for_a_task():
    launched = []

    def on_load(self):
        launched.append(1)
        if len(launched) > 1:
            kill(self.application.process.pid)
            self.application.ask("look", "found")

    adaptor = adaptor_of(Driven, on_load=on_load, on_loss=OnLoss.FAIL_TASK)
    with session(adaptor) as one:
        kill(process_of(one))
        wait_until(lambda: one.application == "lost", "the loss")
        assert one.run(ASKS, check=False).exit_code == 1
    assert len(launched) == 3


@pytest.mark.parametrize("attempts", [0, 2])
def test_a_loss_while_it_is_loaded_for_a_task_uses_up_an_attempt(attempts):
    launched = []

    def on_load(self):
        launched.append(1)
        if len(launched) > 1:
            kill(self.application.process.pid)
            self.application.ask("look", "found")

    adaptor = adaptor_of(Driven, on_load=on_load, on_loss=OnLoss.RESTART, restart=Restart(attempts=attempts))
    with session(adaptor) as one:
        kill(process_of(one))
        wait_until(lambda: one.application == "lost", "the loss")
        failed = one.run(ASKS, check=False)
        assert (failed.exit_code, SAYS_KILLED_BY_A_STRANGER in failed.message) == (1, True)
    assert len(launched) == 1 + 2 + attempts  # at the start, once and once again for the task, and each attempt


def test_the_default_is_still_that_a_loss_ends_the_session():
    with session(adaptor_of(Driven)) as one:
        kill(process_of(one))
        assert one.run(ASKS, check=False).exit_code in (1, 3)
        assert one.state == "failed"


class Renderer(Driven):
    """Its application is killed between and in tasks, and restarted after two of them."""

    fake = LOOK
    on_loss = OnLoss.RESTART
    restart = Restart(after_tasks=2)

    def on_run(self, run_data):
        super().on_run(ASKS)
        mark = run_data.get("crash_once")
        if mark and not os.path.exists(mark):
            open(mark, "w").close()
            kill(self.application.process.pid)
        super().on_run(ASKS)


def test_every_transition_is_in_the_journal_and_the_graph_and_no_task_is_lost(tmp_path):
    with daemon_session(Renderer) as one:
        for number in range(5):
            if number == 1:
                kill(process_of(one))
            data = {"crash_once": str(tmp_path / "crashed")} if number == 2 else {}
            assert one.run(data).exit_code == 0
        with same_environment_afterwards(one._driver._environment):
            drawing = subprocess.run(
                [sys.executable, "-m", "adaptor_runtime", "graph", "--journal", one._driver._journal],
                capture_output=True,
                text=True,
                check=True,
            ).stdout
    life = r"loading (ready busy )+ready lost loading (ready busy )+(ready )?lost "
    life += r"loading (ready busy )+ready closed loading (ready busy )+ready closed"
    assert re.fullmatch(life, " ".join(one.application_path))
    assert all(trigger in drawing for trigger in ("launch", "ready", "ask", "lose", "close"))
