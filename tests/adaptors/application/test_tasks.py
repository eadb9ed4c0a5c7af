"""Tasks of an adaptor that keeps an application: their parts, their outputs, and the verdict on them."""

from __future__ import annotations

import threading

import pytest
from adaptor_runtime.adaptors import OnLoss
from adaptor_runtime.rules import failure, progress, ready
from adaptor_runtime.testing import FakeApplication, session
from kept_application import Driven, Linked, calls, made, process_of
from patience import SECONDS
from program_ends import SAYS_KILLED_BY_A_STRANGER


def frames(self, run_data):
    for frame in self.each(range(1, 5), "frame {item}, {number} of {count}"):
        if frame == run_data.get("touch_at"):
            open(run_data["touch"], "w").close()
        self.application.call("render", frame=frame)


def test_each_reports_the_item_and_equal_parts_of_the_progress():
    with session(made(on_run=frames)) as one:
        task = one.run()
        assert task.statuses == [f"frame {frame}, {frame} of 4" for frame in range(1, 5)]
        assert task.progress == [0, 25, 50, 75, 100]


def test_a_loop_within_a_loop_divides_the_current_part():
    def on_run(self, run_data):
        for view in self.each(["left", "right"]):
            for _ in self.each(range(2), "{number}"):
                self.application.progress(50)
            for _ in self.each(range(5)):
                break  # the rest is not needed
            self.application.progress(60, view)

    with session(made(Driven, on_run=on_run)) as one:
        assert one.run().progress == [0, 12.5, 25, 37.5, 50, 62.5, 75, 87.5, 100]
        assert one.run().progress[0] == 0


def test_progress_that_is_no_number_is_a_warning_and_fails_nothing():
    def on_run(self, run_data):
        self.application.progress("x", "painting")
        self.application.progress(float("nan"))
        self.application.progress("40")

    with session(made(Driven, on_run=on_run)) as one:
        task = one.run()
        assert (task.progress, task.statuses) == ([40, 100], ["painting"])
        assert one.text.count("progress is not a finite number and was not sent") == 2


def test_each_of_nothing_is_no_progress():
    with session(made(Driven, on_run=lambda self, _: list(self.each([])))) as one:
        assert one.run().progress == []


@pytest.mark.faults("Authors' classes")
@pytest.mark.parametrize(
    ("items", "status", "message"),
    [
        (None, "{item}", "TypeError: each takes the items of a task, such as a list, and not None"),
        ([1], "{frame}", "ValueError: the status '{frame}' of each cannot be filled in; it may have {item}, {number},"),
        ([1], "{", "ValueError: the status '{' of each cannot be filled in"),
    ],
)
def test_what_each_cannot_loop_over_or_show_is_said_without_frames_of_the_runtime(items, status, message):
    with session(made(Driven, on_run=lambda self, _: list(self.each(items, status)))) as one:
        assert message in one.run(check=False).message
        assert "task_items.py" not in one.text


@pytest.mark.faults("Cancel")
def test_a_cancel_ends_a_task_between_two_items():
    begun, gate = [], threading.Event()

    def on_run(self, run_data):
        for frame in self.each([1, 2, 3]):
            begun.append(frame)
            print("began", frame)
            gate.wait(SECONDS)

    with session(made(Driven, on_run=on_run, on_cancel=lambda self: gate.set())) as one:
        one.begin_run()
        one.wait_for("began 1")
        assert one.cancel().exit_code == 143
    assert begun == [1]


def asks_a_line(self):
    self.application.ask("look 1", "found 1")


def calls_an_action(self):
    self.application.call("say", text="found 1")


@pytest.mark.faults("Cancel")
@pytest.mark.parametrize(("base", "asks"), [(Driven, asks_a_line), (Linked, calls_an_action)])
def test_what_a_cancel_finds_idle_is_asked_nothing_more_and_is_closed_by_the_stop(base, asks):
    gate = threading.Event()

    def on_run(self, run_data):
        print("thinking")
        gate.wait(SECONDS)
        asks(self)

    def on_cancel(self):
        base.on_cancel(self)
        gate.set()

    fake = FakeApplication().answers("look", FakeApplication().says("found 1")).answers("^quit", FakeApplication())
    with session(made(base, fake=fake, on_run=on_run, on_cancel=on_cancel)) as one:
        one.begin_run()
        one.wait_for("thinking")
        assert one.cancel().exit_code == 143
        assert one.application == "ready"
        assert process_of(one)
    assert "STDOUT: found 1" not in one.text


@pytest.mark.faults("Cancel")
def test_an_application_that_is_launched_after_the_cancel_has_found_none_is_ended():
    gate, launched = threading.Event(), threading.Event()
    gate.set()

    def launch(self):
        print("launching")
        launched.set()
        gate.wait(SECONDS)
        return self.fake.command

    def on_cancel(self):
        Driven.on_cancel(self)
        gate.set()

    fake = FakeApplication().says("ready").answers("^look", FakeApplication().exits(1))
    adaptor = made(
        Driven, fake=fake, launch=launch, on_cancel=on_cancel, rules=[ready("^ready")], on_loss=OnLoss.FAIL_TASK
    )
    with session(adaptor) as one:
        one.run({"asks": [("look", "found")]}, check=False)
        gate.clear()
        launched.clear()
        one.begin_run()
        assert launched.wait(SECONDS)
        assert one.cancel().exit_code == 143
        assert one.application == "closed"
        assert one.application_pids == []


def test_a_failure_rule_ends_a_task_between_two_items_and_the_application_stays():
    begun = []

    def on_run(self, run_data):
        for frame in self.each([1, 2, 3]):
            begun.append(frame)
            try:
                self.application.call("say", text=f"Error: frame {frame} has no camera")
                self.application.process.flush_output()
            except Exception:
                pass

    with session(made(on_run=on_run)) as one:
        first = process_of(one)
        assert "frame 1 has no camera" in one.run(check=False).message
        assert begun == [1]
        assert "frame 1 has no camera" in one.run(check=False).message
        assert process_of(one) == first
    assert "asked to close" in one.text


def test_a_progress_rule_counts_for_the_item_in_hand():
    fake = FakeApplication().answers("render", FakeApplication().says("Sample 1/2", "Sample 2/2", "Saved"))

    def on_run(self, run_data):
        for _ in self.each("ab"):
            self.application.ask("render", "Saved")

    rules = [progress(r"Sample (?P<done>\d+)/(?P<of>\d+)")]
    with session(made(Driven, fake=fake, rules=rules, on_run=on_run)) as one:
        assert one.run().progress == [0, 25, 50, 75, 100]


@pytest.mark.parametrize("text", ["", None, "old"])
def test_an_expected_output_that_is_missing_or_empty_or_old_fails_the_task(tmp_path, text):
    output = tmp_path / "1.exr"
    if text == "old":
        output.write_text("of an earlier task")
    data = {"frame": 1} if text in (None, "old") else {"frame": 1, "output": str(output), "text": text}
    with session(Linked) as one:
        failed = one.run({**calls(("render", data)), "outputs": [output]}, check=False)
        what = {"": "is empty", None: "is missing", "old": "is old: the task did not write it"}[text]
        assert (failed.exit_code, failed.message) == (1, f"on_run failed: the expected output {output} {what}")
        written = {**calls(("render", {"frame": 1, "output": str(output)})), "outputs": [output]}
        assert one.run(written).exit_code == 0


def test_a_rule_comes_before_what_the_hook_raises_and_before_an_output():
    def on_run(self, run_data):
        try:
            self.application.call("say", text="Error: the cause")
            self.application.process.flush_output()
        finally:
            raise ValueError("a consequence")

    with session(made(on_run=on_run)) as one:
        failed = one.run({"outputs": ["/missing"]}, check=False)
    assert failed.message.startswith("on_run failed: rule error: Error: the cause")


def test_the_loss_comes_before_what_the_hook_raises():
    def on_run(self, run_data):
        try:
            self.application.call("crash")
        finally:
            raise ValueError("a consequence")

    with session(made(on_run=on_run, on_loss=OnLoss.FAIL_TASK)) as one:
        failed = one.run(check=False)
    assert failed.exit_code == 1
    assert SAYS_KILLED_BY_A_STRANGER in failed.message


def test_what_the_hook_raises_comes_before_an_output():
    def on_run(self, run_data):
        raise ValueError("the cause")

    with session(made(Driven, on_run=on_run)) as one:
        assert "ValueError: the cause" in one.run({"outputs": ["/missing"]}, check=False).message


def test_a_hook_that_hides_the_loss_has_failed():
    def on_run(self, run_data):
        try:
            self.application.call("crash")
        except Exception:
            pass

    with session(made(on_run=on_run, on_loss=OnLoss.FAIL_TASK)) as one:
        assert SAYS_KILLED_BY_A_STRANGER in one.run(check=False).message


def test_a_rule_that_matches_the_last_lines_of_a_task_fails_it():
    fake = FakeApplication().answers("render", FakeApplication().writes("done\nError: nothing was saved\n"))

    def on_run(self, run_data):
        self.application.ask("render", "done")

    with session(made(Driven, fake=fake, on_run=on_run)) as one:
        for _ in range(5):
            assert "nothing was saved" in one.run(check=False).message


@pytest.mark.faults("Cancel")
def test_a_deadline_is_the_cause_and_not_the_end_of_the_application_that_follows():
    with session(Linked, deadlines={"run": 0.3, "cancel": 6}) as one:
        task = one.run(calls("hang"), check=False)
    assert task.exit_code == 5
    assert "on_run did not end within its deadline of 0.3 s" in task.message


def test_a_job_may_switch_a_rule_off():
    adaptor = made(job_may_switch_rules_off=True, rules=[failure("^Error: .*", name="error")])
    with session(adaptor, init_data={"rules_off": ["error"]}) as one:
        assert one.run(calls(("say", {"text": "Error: so what"}))).exit_code == 0
