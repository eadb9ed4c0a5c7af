"""What follows when an application is lost, and when it is restarted although it is not."""

from __future__ import annotations

import os
import time

import pytest
from adaptor_runtime.adaptors import OnLoss, Restart
from adaptor_runtime.adaptors.processes import _registry
from adaptor_runtime.ipc import ApplicationLinkLostError
from adaptor_runtime.ipc._application.linked_application import LinkedApplication
from adaptor_runtime.rules import failure, fatal
from adaptor_runtime.statemachine import ApplicationTrigger
from adaptor_runtime.testing import FakeApplication, session
from kept_application import Driven, Linked, calls, kept, launcher, made, process_of
from patience import SECONDS
from program_ends import SAYS_KILLED_BY_A_STRANGER, kill

pytestmark = pytest.mark.faults("The application's life")

KILLS = int(os.environ.get("KILLS") or "5")  # `make soak` sets 50


LOOK = {"asks": [("look", "found")]}

FOUND = (
    FakeApplication()
    .answers("look", FakeApplication().says("found"))
    .answers("license", FakeApplication().says("No license left"))
)


def no_license_after(folder):
    """Return an application that answers, and then finds no license as soon as a file is there."""
    answer = FakeApplication().says("found").waits_for(folder / "go").says("No license left").hangs()
    return FakeApplication().answers("look", answer)


def test_an_application_that_is_killed_during_a_call_is_the_cause_each_time():
    with session(made(on_loss=OnLoss.FAIL_TASK)) as one:
        for _ in range(KILLS):
            task = one.begin_run(calls("hang"))
            one.wait_for("STDOUT: hanging")
            kill(process_of(one))
            failed = task.result(check=False)
            assert failed.exit_code == 1
            assert SAYS_KILLED_BY_A_STRANGER in failed.message
            assert "its last line: hanging" in failed.message
            assert one.application == "lost"
        assert one.run(calls("echo")).exit_code == 0


def test_a_loss_fails_the_session_by_default():
    with session(Linked) as one:
        task = one.begin_run(calls("hang"))
        one.wait_for("STDOUT: hanging")
        kill(process_of(one))
        failed = task.result(check=False)
        assert (failed.exit_code, SAYS_KILLED_BY_A_STRANGER in failed.message) == (1, True)
        refused = one.run(calls("echo"), check=False)
        assert (refused.exit_code, SAYS_KILLED_BY_A_STRANGER in refused.message) == (3, True)
        assert one.state == "failed"
    assert one.state == "cleaned"


def test_a_loss_between_two_tasks_fails_the_session_by_default():
    with session(Linked) as one:
        one.run(calls("echo"))
        kill(process_of(one))
        refused = one.run(calls("echo"), check=False)
        assert refused.exit_code in (1, 3)
        assert SAYS_KILLED_BY_A_STRANGER in refused.message


@pytest.mark.parametrize("loss", [OnLoss.FAIL_TASK, OnLoss.RESTART])
@pytest.mark.parametrize("base", [Linked, Driven])
def test_a_loss_between_two_tasks_costs_none(loss, base):
    loads = []
    with session(made(base, on_loss=loss, on_load=lambda self: loads.append(1))) as one:
        for number in range(1, 4):
            assert one.run().exit_code == 0
            assert len(loads) == number
            kill(process_of(one))
            while one.application != "lost":  # no call is in flight that could wait for the line
                time.sleep(0.01)


def test_a_task_whose_application_is_lost_is_run_again():
    numbers = []

    def on_run(self, run_data):
        numbers.append(1)
        for frame in self.each([1, 2]):
            if frame == 2 and len(numbers) == 1:
                self.application.call("crash")
            self.application.call("render", frame=frame)

    with session(
        made(on_run=on_run, on_loss=OnLoss.RESTART, on_load=lambda self: self.application.call("load"))
    ) as one:
        task = one.run()
    assert len(numbers) == 2
    assert task.progress == sorted(task.progress)
    assert task.progress[-1] == 100
    assert "WARNING: the task is run again" in task.text


@pytest.mark.parametrize("loss", OnLoss)
def test_the_value_of_a_policy_is_as_good_as_the_policy(loss):
    attempts = []

    def on_run(self, run_data):
        attempts.append(1)
        self.application.call("crash" if len(attempts) == 1 else "echo")

    with session(made(on_run=on_run, on_loss=loss.value)) as one:
        assert one.run(check=False).exit_code == (0 if loss is OnLoss.RESTART else 1)
        assert (one.state == "failed") is (loss is OnLoss.FAIL_SESSION)
    assert len(attempts) == (2 if loss is OnLoss.RESTART else 1)


@pytest.mark.parametrize("loss", ["nonsense", None, 1])
def test_what_is_no_policy_is_rejected_before_the_application_is_started(loss):
    with pytest.raises(ValueError, match=r"on_loss is .*; write OnLoss\.FAIL_SESSION, OnLoss\.FAIL_TASK"):
        made(on_loss=loss)().on_start()


def test_what_the_first_attempt_of_a_task_wrote_is_new_in_the_second(tmp_path):
    first, second = tmp_path / "1.exr", tmp_path / "2.exr"

    def on_run(self, run_data):
        if not first.exists():
            self.application.call("render", frame=1, output=str(first))
            self.application.call("crash")
        self.application.call("render", frame=2, output=str(second))

    with session(made(on_run=on_run, on_loss=OnLoss.RESTART)) as one:
        assert one.run({"outputs": [str(first), str(second)]}).exit_code == 0


def test_an_output_from_before_the_task_is_old_in_each_attempt(tmp_path):
    (tmp_path / "1.exr").write_text("of another task")
    attempts = []

    def on_run(self, run_data):
        attempts.append(1)
        if len(attempts) == 1:
            self.application.call("crash")

    with session(made(on_run=on_run, on_loss=OnLoss.RESTART)) as one:
        assert "1.exr is old" in one.run({"outputs": [str(tmp_path / "1.exr")]}, check=False).message
    assert len(attempts) == 2


def test_a_task_is_run_again_only_as_often_as_the_class_says():
    begun = []

    def on_run(self, run_data):
        begun.append(1)
        self.application.call("crash")

    with session(made(on_run=on_run, on_loss=OnLoss.RESTART, restart=Restart(attempts=2))) as one:
        failed = one.run(check=False)
    assert (len(begun), failed.exit_code, SAYS_KILLED_BY_A_STRANGER in failed.message) == (3, 1, True)


def test_a_task_whose_rule_has_matched_is_not_run_again():
    begun = []

    def on_run(self, run_data):
        begun.append(1)
        try:
            self.application.call("say", text="Error: no camera")
        finally:
            self.application.call("crash")

    with session(made(on_run=on_run, on_loss=OnLoss.RESTART)) as one:
        assert "no camera" in one.run(check=False).message
    assert begun == [1]


def pids(one, count):
    found = []
    for _ in range(count):
        one.run(calls("echo"))
        found.append(process_of(one))
    return found


def test_it_is_restarted_after_a_number_of_tasks_and_not_after_the_last_one():
    with session(made(restart=Restart(after_tasks=2))) as one:
        first, second, third, fourth = pids(one, 4)
        assert first == second != third == fourth
    assert [each.cause for each in one.records].count("it has run 2 tasks") == 2  # closed, and launched
    assert one.text.count("asked to close") == 2


@pytest.mark.parametrize("rule", [failure, fatal])
def test_what_an_application_prints_while_it_is_closed_for_a_restart_fails_nothing(rule):
    with session(made(restart=Restart(after_tasks=1), rules=[rule("asked to close")])) as one:
        assert [one.run(calls("echo")).exit_code for _ in range(2)] == [0, 0]


def test_a_restart_takes_no_time_of_the_task(tmp_path):
    waited = FakeApplication().waits_for(tmp_path / "go").says("found")
    fake = FakeApplication().answers("load", waited).answers("look", FakeApplication().says("found"))
    adaptor = made(
        Driven, fake=fake, restart=Restart(after_tasks=1), on_load=lambda self: self.application.ask("load", "found")
    )
    asked = {"asks": [("look", "found")]}
    (tmp_path / "go").touch()
    with session(adaptor, deadlines={"run": 1.5, "start": 20}) as one:
        one.run(asked)
        (tmp_path / "go").unlink()
        task = one.begin_run(asked)
        time.sleep(2)  # longer than the deadline of the task
        (tmp_path / "go").touch()
        assert task.result().exit_code == 0


def test_a_load_in_a_task_has_the_deadline_of_a_start():
    loads = []

    def on_load(self):
        loads.append(1)
        if len(loads) > 1:
            self.application.ask("hang", "found")

    fake = FakeApplication().answers("look", FakeApplication().says("found"))
    fake = fake.answers("hang", FakeApplication().hangs())
    adaptor = made(Driven, fake=fake, restart=Restart(after_tasks=1), on_load=on_load)
    asked = {"asks": [("look", "found")]}
    with session(adaptor, deadlines={"run": 20, "start": 2}) as one:
        one.run(asked)
        failed = one.run(asked, check=False)
        assert failed.exit_code == 5
        assert "not ready for the task within the deadline start of 2 s" in failed.message


def test_a_fatal_line_between_two_tasks_is_a_loss_that_costs_none(tmp_path):
    with session(made(Driven, fake=no_license_after(tmp_path), on_loss=OnLoss.FAIL_TASK)) as one:
        for number in (1, 2):
            assert one.run(LOOK).exit_code == 0
            ended = process_of(one)
            (tmp_path / "go").touch()
            while one.text.count("asked_by='the rule license'") < number:  # no task is in flight that could wait for it
                time.sleep(0.01)
            (tmp_path / "go").unlink()
        assert one.run(LOOK).exit_code == 0
        assert process_of(one) != ended
        assert one.text.count("asked_by='the rule license'") == 2
    assert [each.cause for each in one.records if each.trigger == "lose"] == ["rule license: No license left"] * 2


def test_a_fatal_line_between_two_tasks_fails_the_session_by_default(tmp_path):
    with session(made(Driven, fake=no_license_after(tmp_path))) as one:
        one.run(LOOK)
        (tmp_path / "go").touch()
        while one.application != "lost":
            time.sleep(0.01)
        refused = one.run(LOOK, check=False)
        assert refused.exit_code in (1, 3)
        assert "No license left" in refused.message
    assert one.state == "cleaned"


def test_a_fatal_line_while_the_next_task_begins_fails_that_one():
    found = []

    def on_load(self):
        found.append(kept(self))

    with session(made(Driven, fake=FOUND, on_loss=OnLoss.FAIL_TASK, on_load=on_load)) as one:
        one.run(LOOK)
        (mine,) = found
        reset = mine._reactions._effects.reset

        def reset_late():
            mine._reactions._effects.reset = reset
            mine.process.write_line("license")
            while mine.state == "ready":
                mine.process.flush_output()
            reset()

        mine._reactions._effects.reset = reset_late
        assert one.run(LOOK, check=False).message == "on_run failed: rule license: No license left"
        assert one.run(LOOK).exit_code == 0


def test_a_fatal_line_of_an_application_that_is_closed_fails_nothing():
    def on_stop(self):
        kept(self)._current.life.move(ApplicationTrigger.CLOSE)
        self.application.process.write_line("license")
        self.application.process.flush_output()
        super(type(self), self).on_stop()

    with session(made(Driven, fake=FOUND, on_stop=on_stop)) as one:
        assert one.run(LOOK).exit_code == 0
        assert one.stop().exit_code == 0
    assert "the rule license" not in one.text


def test_it_is_restarted_above_an_amount_of_memory():
    with session(made(restart=Restart(above_memory="150 MB"))) as one:
        first = process_of(one)
        one.run(calls(("fill", {"megabytes": 160})))
        one.run(calls("echo"))
        second = process_of(one)
        one.run(calls("echo"))
        assert first != second == process_of(one)


def test_it_is_restarted_after_some_time():
    with session(made(restart=Restart(after=0.001))) as one:
        first, second = pids(one, 2)
        assert first != second


def test_what_a_restart_loads_is_no_progress_of_the_task():
    adaptor = made(restart=Restart(after_tasks=1), on_load=lambda self: self.application.call("load"))
    with session(adaptor) as one:
        assert one.progress == [50]
        assert one.run(calls("echo")).progress == []
        assert one.run(calls("echo")).progress == []


@pytest.mark.parametrize("waits", [True, False])
def test_an_application_that_is_busy_with_a_failed_task_is_waited_for_and_then_restarted(tmp_path, monkeypatch, waits):
    monkeypatch.setattr("adaptor_runtime.adaptors._application.recycling.BUSY_SECONDS", SECONDS if waits else 0.2)

    def on_run(self, run_data):
        if "calls" in run_data:
            Linked.on_run(self, run_data)
        else:
            self.application.call("until", path=str(tmp_path / "go"), text="Error: at first")

    with session(made(on_run=on_run), deadlines={"start": 4 * SECONDS}) as one:  # a quarter of it counts, if shorter
        first = process_of(one)
        assert "at first" in one.run(check=False).message
        assert one.application == "busy"
        task = one.begin_run(calls("echo"))
        if waits:
            (tmp_path / "go").touch()
        assert task.result().exit_code == 0
        assert (process_of(one) == first) is waits


def test_a_close_that_a_client_did_not_take_before_it_left_is_not_for_the_next_one():
    def on_run(self, run_data):
        if run_data:
            Linked.on_run(self, run_data)
        else:
            with pytest.raises(ApplicationLinkLostError):
                self.application.call("lose_link")
            kept(self)._clients.admit(LinkedApplication(0, None, None, ""))  # as if that were not known yet
            kept(self).restart("a test")

    with session(made(words=("stay",), on_run=on_run), deadlines={"run": 60}) as one:
        one.run()
        assert one.run(calls("echo")).exit_code == 0


@pytest.mark.parametrize("base", [Linked, Driven])
def test_an_application_behind_a_launcher_may_be_idle_between_two_tasks(monkeypatch, base):
    monkeypatch.setattr("adaptor_runtime.adaptors.processes._launched_processes.IDLE_SECONDS", 0.3)
    monkeypatch.setattr("adaptor_runtime.adaptors.processes._application_group.SETTLE_SECONDS", 0.1)
    with session(made(base, launch=lambda self: launcher(base.launch(self)))) as one:
        for _ in range(2):
            assert one.run().exit_code == 0
            time.sleep(1.5)  # what is tested is that nothing happens
        assert one.application == "ready"


def test_the_failure_names_the_program_behind_a_launcher():
    with session(made(words=("fork",))) as one:
        task = one.begin_run(calls("hang"))
        one.wait_for("STDOUT: hanging")
        while "following them" not in one.text:  # which may be said before the task begins, or later
            time.sleep(0.01)
        (application,) = _registry.live()
        for pid in application.processes():
            kill(pid)
        failed = task.result(check=False)
    assert "left by this launcher, has ended" in failed.message


@pytest.mark.parametrize(
    "words", [("fork",), pytest.param(("fork", "detach"), marks=pytest.mark.posix("nothing leaves a job"))]
)
def test_the_memory_of_what_a_launcher_left_counts(words):
    with session(made(words=words, restart=Restart(above_memory="150 MB"), follow_launcher=True)) as one:
        first = one.run(calls("identity")).lines
        one.run(calls(("fill", {"megabytes": 160})))
        second = one.run(calls("identity")).lines
        third = one.run(calls("identity")).lines
    results = [next(line for line in lines if line.startswith("results")) for lines in (first, second, third)]
    assert results[0] != results[1] == results[2]
    assert any("it uses " in (each.cause or "") for each in one.records)
