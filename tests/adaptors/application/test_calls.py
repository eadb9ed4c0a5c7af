"""Calls of an application that serves its adaptor through a client."""

from __future__ import annotations

import threading

import pytest
from adaptor_runtime.adaptors import OnLoss
from adaptor_runtime.ipc import ApplicationLinkLostError
from adaptor_runtime.statemachine import IllegalCallError
from adaptor_runtime.testing import session
from kept_application import Driven, Linked, calls, kept, made, process_of
from patience import SECONDS
from program_ends import SAYS_KILLED_BY_A_STRANGER


def test_the_error_of_a_handler_has_its_text_and_place_and_its_traceback_is_in_the_log_once():
    with session(Linked) as one:
        failed = one.run(calls(("fail", {"text": "no scene"})), check=False)
        assert failed.exit_code == 1
        assert "the action 'fail' failed in the application: KeyError: 'no scene'" in failed.message
        assert "kept_client.py" in failed.message
        assert sum("raise KeyError(text)" in line for line in failed.lines) == 1
        assert one.application == "ready"
        assert one.run(calls("echo")).exit_code == 0


def test_an_unknown_action_names_those_that_the_client_serves():
    with session(Linked) as one:
        assert "no action 'rendr'; it serves: close, crash, echo" in one.run(calls("rendr"), check=False).message


@pytest.mark.parametrize(
    ("action", "cause"), [(None, "called by its name"), (3, "called by its name"), ("close", "ends the application")]
)
def test_what_is_no_action_of_a_task_is_not_sent(action, cause):
    with session(Linked) as one:
        failed = one.run({"calls": [(action, {})]}, check=False)
        assert (failed.exit_code, cause in failed.message) == (1, True)
        assert one.application == "ready"
        assert one.run(calls("echo")).exit_code == 0
    assert one.text.count("asked to close") == 1


@pytest.mark.faults("The application's life")
@pytest.mark.parametrize(
    "script",
    ["serve(echo=lambda **_: 'the rival')", "while serve_once(echo=lambda **_: 'the rival'): time.sleep(0.01)"],
)
def test_a_child_of_the_application_that_serves_too_is_refused_and_says_so(monkeypatch, script):
    monkeypatch.setattr("adaptor_runtime.adaptors._application.clients.PATIENCE", 0.05)
    with session(Linked) as one:
        client = process_of(one)
        task = one.run(calls(("rival", {"script": script}), *[("echo", {"number": 1})] * 3))
    assert task.text.count(f"may not serve the actions of the application, because process {client} does") == 2
    (warning,) = [line for line in task.lines if line.startswith("WARNING")]
    assert warning.endswith("of all its processes, one calls serve()")
    (results,) = [eval(line.removeprefix("results ")) for line in task.lines if line.startswith("results")]
    assert results[0][0] == 1
    assert results[1:] == [{"number": 1}] * 3


def test_the_progress_of_a_handler_is_that_of_its_part_of_the_task_and_never_falls():
    def on_run(self, run_data):
        for frame in self.each([1, 2]):
            self.application.call("render", frame=frame, percents=[20, 60, 40, 100])

    with session(made(on_run=on_run)) as one:
        task = one.run()
        assert task.progress == sorted(task.progress)
        assert set(task.progress) == {0, 10, 30, 50, 60, 80, 100}
        assert "WARNING" not in one.text  # of a status that is empty
        assert task.statuses == ["1 (1 of 2)", "2 (2 of 2)"]
        assert one.run().progress[0] == 0


def test_what_a_handler_prints_is_shown_before_what_follows_from_its_result():
    def on_run(self, run_data):
        for frame in range(20):
            self.application.call("render", frame=frame)
            print(f"after {frame}")

    with session(made(on_run=on_run)) as one:
        said = [line for line in one.run().lines if line.startswith(("after", "STDOUT: rendered"))]
    assert said == [line for frame in range(20) for line in (f"STDOUT: rendered {frame}", f"after {frame}")]


@pytest.mark.faults("Cancel")
def test_a_handler_learns_of_a_cancel_and_ends_by_itself_before_the_application_is_closed(monkeypatch):
    monkeypatch.setattr("adaptor_runtime.adaptors._application.ending.CANCEL_SECONDS", 30.0)
    with session(Linked, deadlines={"cancel": 180}) as one:
        one.begin_run(calls("until_canceled"))
        one.wait_for("waiting")
        assert one.cancel().exit_code == 143
    assert "STDOUT: ended by itself" in one.lines
    assert "STDOUT: asked to close" in one.lines


@pytest.mark.faults("Cancel")
def test_a_handler_that_ignores_a_cancel_is_ended_with_its_application(monkeypatch):
    monkeypatch.setattr("adaptor_runtime.adaptors._application.ending.CANCEL_SECONDS", 0.1)
    with session(Linked) as one:
        one.begin_run(calls("hang"))
        one.wait_for("hanging")
        assert one.cancel("SIGINT").exit_code == 130
    assert "asked_by=SIGINT" in one.text
    assert one.application_path[-1] == "closed"


@pytest.mark.faults("Cancel")
def test_the_cancel_of_a_session_under_test_returns_when_the_busy_application_has_ended(monkeypatch):
    monkeypatch.setattr("adaptor_runtime.adaptors._application.ending.CANCEL_SECONDS", 1.0)
    with session(Linked) as one:
        one.begin_run(calls("hang"))
        one.wait_for("hanging")
        one.cancel()
        assert one.application == "closed"
        assert one.application_pids == []


def test_a_call_in_a_state_that_does_not_allow_it_says_what_is_allowed():
    errors = []

    def attempt(self):
        try:
            self.application.call("echo")
        except IllegalCallError as error:
            errors.append(str(error))

    def on_start(self):
        attempt(self)
        kept(self).start()

    def on_run(self, run_data):
        other = threading.Thread(target=self.application.call, args=("say",), kwargs={"text": "x"})
        kept(self).requests.begin("something else")
        attempt(self)
        kept(self).requests.becomes_idle()
        other.start()
        other.join()
        kept(self).close()
        attempt(self)

    with session(made(on_start=on_start, on_run=on_run)) as one:
        one.run()
    absent, busy, closed = errors
    assert "ask was refused in state absent of the application renderer" in absent
    assert "allowed now: launch" in absent
    assert "in state busy" in busy
    assert "allowed now: ready, lose, close" in busy
    assert "in state closed" in closed
    assert "allowed now: launch" in closed


def test_a_call_of_a_lost_application_is_refused_and_its_loss_is_the_cause():
    errors = []

    def on_run(self, run_data):
        try:
            self.application.call("crash")
        except Exception as error:
            errors.append(error)
        self.application.process.wait_ended(SECONDS)
        self.application.call("echo")

    with session(made(on_run=on_run, on_loss=OnLoss.FAIL_TASK)) as one:
        failed = one.run(check=False)
    assert SAYS_KILLED_BY_A_STRANGER in str(errors[0])
    assert SAYS_KILLED_BY_A_STRANGER in failed.message
    refusal = next(each for each in one.records if each.kind == "refused")
    assert (refusal.trigger, refusal.source, refusal.cause) == ("ask", "lost", "call echo")


def test_a_call_without_a_client_says_how_to_have_one():
    with session(made(Driven, client_file=None, on_run=lambda self, _: self.application.call("x"))) as one:
        failed = one.run(check=False)
        assert "renderer has no client to call: put a client beside the adaptor's module" in failed.message
        assert one.application == "ready"


def test_data_that_json_cannot_express_is_not_sent():
    def on_run(self, run_data):
        with pytest.raises(TypeError):
            self.application.call("echo", value=object())
        assert self.application.state == "ready"
        self.application.call("echo", value="text")

    with session(made(on_run=on_run)) as one:
        one.run()


@pytest.mark.faults("The application's life")
def test_a_client_that_has_left_is_not_called_again_and_the_next_task_begins_with_a_restart(monkeypatch):
    monkeypatch.setattr("adaptor_runtime.adaptors._application.current_process.END_SECONDS", 0.2)

    def on_run(self, run_data):
        if run_data:
            Linked.on_run(self, run_data)
            return
        with pytest.raises(ApplicationLinkLostError):
            self.application.call("lose_link")
        self.application.call("echo")

    with session(made(words=("stay",), on_run=on_run)) as one:
        first = process_of(one)
        assert "the client of renderer has left" in one.run(check=False).message
        assert one.run(calls("echo")).exit_code == 0
        assert process_of(one) != first
    assert any("its client has left" in (each.cause or "") for each in one.records)
