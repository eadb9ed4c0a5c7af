"""Questions to an application that is driven by lines."""

from __future__ import annotations

import pytest
from adaptor_runtime.adaptors import OnLoss
from adaptor_runtime.rules import failure, fatal, ready
from adaptor_runtime.testing import FakeApplication, session
from kept_application import Driven, made, process_of
from program_ends import SAYS_KILLED

LOOK = FakeApplication().says("found {1}")


def asks(*questions, **more):
    return {"asks": questions, **more}


def test_the_answer_is_the_first_match_after_the_question():
    fake = FakeApplication().says("found 1", "ready").answers(r"look (\d+)", LOOK)
    with session(made(Driven, fake=fake, rules=[ready("^ready")])) as one:
        task = one.run(asks(("look 3", r"found (\d+)"), ("look 4", r"found (\d+)")))
        assert [line for line in task.lines if line.startswith("matched")] == ["matched found 3", "matched found 4"]
        assert one.application == "ready"


def test_a_prompt_without_a_line_end_is_an_answer():
    fake = FakeApplication().answers("load", FakeApplication(), prompt="> ")
    with session(made(Driven, fake=fake, rules=[ready("^> $")])) as one:
        assert "matched > " in one.run(asks(("load a", "^> $"), ("load b", "^> $"))).lines


def test_a_failure_rule_is_an_answer_and_the_application_stays_for_the_next_task():
    fake = FakeApplication().answers("bad", FakeApplication().says("Error: no camera")).answers("look (.*)", LOOK)
    with session(made(Driven, fake=fake)) as one:
        first = process_of(one)
        failed = one.run(asks(("bad", "found")), check=False)
        assert failed.exit_code == 1
        assert "no camera" in failed.message
        assert "error" in failed.message
        assert one.application == "ready"
        assert one.run(asks(("look 1", "found 1"))).exit_code == 0
        assert process_of(one) == first


def test_an_answer_that_comes_after_the_timeout_belongs_to_the_task_before(tmp_path):
    slow = FakeApplication().waits_for(tmp_path / "go").says("Error: too slow", "found 1")
    fake = FakeApplication().answers("slow", slow).answers("look (.*)", LOOK)

    with session(made(Driven, fake=fake)) as one:
        first = process_of(one)
        failed = one.run(asks(("slow", "found"), timeout=0.2), check=False)
        assert "no result arrived within 0.2 s" in failed.message
        assert one.application == "busy"
        task = one.begin_run(asks(("look 2", "found (.*)")))
        (tmp_path / "go").touch()
        assert "matched found 2" in task.result().lines
        assert process_of(one) == first


@pytest.mark.parametrize("line", ["look\n1", "look é", 7])
def test_a_question_that_cannot_be_written_leaves_the_application_ready(line):
    def on_run(self, run_data):
        with pytest.raises((ValueError, TypeError)):
            self.application.ask(line, "never")
        assert self.application.state == "ready"
        self.application.ask("look 1", "found 1")

    fake = FakeApplication().answers("look (.*)", LOOK)
    with session(made(Driven, fake=fake, on_run=on_run, encoding="ascii")) as one:
        assert one.run().exit_code == 0


def test_a_question_that_is_not_answered_in_time_is_named_with_the_answer_that_is_expected():
    fake = FakeApplication().answers("look (.*)", FakeApplication().says("lost {1}"))
    with session(made(Driven, fake=fake)) as one:
        failed = one.run(asks(("look 1", "^found"), timeout=0.1), check=False)
    text = "no result arrived within 0.1 s: waited for a line that matches '^found' after 'look 1'"
    assert text in failed.message


def test_an_application_whose_answer_matched_nothing_is_replaced_within_the_deadline_of_a_start():
    fake = FakeApplication().answers("look (.*)", LOOK)
    with session(made(Driven, fake=fake), deadlines={"run": 16, "start": 16}) as one:
        one.run(asks(("look 1", "lost"), timeout=0.1), check=False)
        assert one.run(asks(("look 2", "found 2"))).exit_code == 0
    assert "it is still busy with a task that failed" in [each.cause for each in one.records]


def test_an_application_that_does_not_answer_in_time_is_restarted_for_the_next_task(monkeypatch):
    monkeypatch.setattr("adaptor_runtime.adaptors._application.recycling.BUSY_SECONDS", 0.2)
    fake = FakeApplication().answers("hang", FakeApplication().hangs()).answers("look (.*)", LOOK)
    with session(made(Driven, fake=fake)) as one:
        one.run(asks(("hang", "found"), timeout=0.1), check=False)
        assert one.run(asks(("look 2", "found 2"))).exit_code == 0
    assert " ".join(one.application_path) == "loading ready busy closed loading ready busy ready closed"
    assert "it is still busy with a task that failed" in [each.cause for each in one.records]


def test_with_a_ready_rule_an_application_is_busy_after_a_failure_until_its_prompt(tmp_path):
    bad = FakeApplication().says("Error: bad").waits_for(tmp_path / "go").says("ready")
    fake = FakeApplication().says("ready").answers("bad", bad).answers("look (.*)", LOOK)
    adaptor = made(Driven, fake=fake, rules=[failure("^Error: .*"), ready("^ready")])
    with session(adaptor) as one:
        one.run(asks(("bad", "found")), check=False)
        assert one.application == "busy"
        task = one.begin_run(asks(("look 2", "found 2")))
        (tmp_path / "go").touch()
        assert task.result().exit_code == 0
    assert one.application_path.count("loading") == 1


def test_a_failure_from_before_a_question_prevents_it(tmp_path):
    fake = FakeApplication().answers("say", FakeApplication().writes("done\nError: late\n")).answers("look (.*)", LOOK)

    def on_run(self, run_data):
        self.application.ask("say", "done")
        self.application.ask("look 1", "found 1")

    with session(made(Driven, fake=fake, on_run=on_run)) as one:
        assert "late" in one.run(check=False).message
        assert one.application == "ready"
    assert "found 1" not in one.text.replace("found {1}", "")


def test_after_a_failure_that_the_adaptor_has_seen_it_may_ask_again():
    fake = FakeApplication().answers("bad", FakeApplication().says("Error: bad")).answers("reset", LOOK)

    def on_run(self, run_data):
        try:
            self.application.ask("bad", "found")
        except Exception:
            self.application.ask("reset", "found")

    with session(made(Driven, fake=fake, on_run=on_run)) as one:
        failed = one.run(check=False)
        assert failed.exit_code == 1
        assert "Error: bad" in failed.message
        assert "found" in failed.text


@pytest.mark.parametrize("line", ["crash", "leave"])
def test_the_end_of_the_application_ends_the_question_and_is_the_cause(line):
    fake = FakeApplication().answers("crash", FakeApplication().says("oh").crashes("SIGKILL"))
    fake = fake.answers("leave", FakeApplication().says("oh").exits(3))
    with session(made(Driven, fake=fake, on_loss=OnLoss.FAIL_TASK)) as one:
        failed = one.run(asks((line, "never")), check=False)
        how = {"crash": SAYS_KILLED, "leave": "exited with 3"}[line]
        assert how in failed.message
        assert "its last line: oh" in failed.message
        assert one.application == "lost"


def test_a_secret_in_a_question_is_in_no_record():
    fake = FakeApplication().answers("login", FakeApplication().says("welcome"))
    schema = {"type": "object", "properties": {"password": {"type": "string", "writeOnly": True}}}

    def on_run(self, run_data):
        self.application.ask(f"login {self.init_data['password']}", "welcome")

    adaptor = made(Driven, fake=fake, on_run=on_run, init_data_schema=schema)
    with session(adaptor, init_data={"password": "s3cr3t-word"}) as one:
        one.run()
        assert any((each.cause or "").startswith("ask login ") for each in one.records)
    assert not any("s3cr3t-word" in str(each) for each in one.records)


@pytest.mark.parametrize("loss", OnLoss)
def test_a_fatal_rule_ends_the_application_and_is_the_cause(loss):
    fake = FakeApplication().answers("render", FakeApplication().says("No license left").hangs())
    fake = fake.answers("look (.*)", LOOK)
    rules = [fatal(r"^No license.*", name="license")]
    with session(made(Driven, fake=fake, rules=rules, on_loss=loss)) as one:
        failed = one.run(asks(("render", "done")), check=False)
        assert failed.exit_code == 1
        assert "license" in failed.message
        assert "No license left" in failed.message
        assert "SIGTERM" not in failed.message
        then = one.run(asks(("look 1", "found 1")), check=False)
        if loss is OnLoss.FAIL_SESSION:
            assert then.exit_code == 3
            assert "No license left" in then.message
            assert "SIGTERM" not in then.message
        else:
            assert then.exit_code == 0
    assert "asked_by='the rule license'" in one.text


def unanswered(monkeypatch, run_data, **limits):
    monkeypatch.setattr("adaptor_runtime.adaptors._application.patience.SILENT_SECONDS", 1.0)
    fake = FakeApplication().says("ready").answers("look", FakeApplication().says("= 3"))
    adaptor = made(Driven, fake=fake, rules=[ready("^ready")])  # it answers at once, since it is asked when it listens
    with session(adaptor, deadlines=limits) as one:
        failed = one.run(run_data, check=False)
    assert (
        one.text.count("INFO: still waiting for a line that matches '^== (.*)' after 'look'; its last line: = 3") == 1
    )
    return failed


@pytest.mark.faults("Deadlines")
@pytest.mark.parametrize(
    ("limit", "said"), [("run", "within its deadline of 5 s"), ("output", "no application output")]
)
def test_a_task_that_waits_in_vain_for_an_answer_says_for_which(monkeypatch, limit, said):
    failed = unanswered(monkeypatch, {"asks": [("look", "^== (.*)")]}, **{limit: 5})
    assert failed.exit_code == 5
    assert said in failed.message
    assert failed.message.endswith("; it waited for a line that matches '^== (.*)' after 'look'; its last line: = 3")


@pytest.mark.faults("Deadlines")
def test_a_question_with_a_limit_of_its_own_says_what_was_not_answered(monkeypatch):
    failed = unanswered(monkeypatch, {"asks": [("look", "^== (.*)")], "timeout": 4.5})
    assert "no result arrived within 4.5 s: waited for a line that matches '^== (.*)' after 'look'" in failed.message


@pytest.mark.faults("Authors' classes")
def test_a_question_whose_pattern_cannot_be_used_is_not_asked_and_says_so():
    fake = FakeApplication().answers("look (.*)", LOOK)
    with session(made(Driven, fake=fake)) as one:
        failed = one.run(asks(("look 1", "found (")), check=False)
        assert failed.message.startswith(
            "on_run failed: ValueError: the pattern 'found (' is no regular expression: missing ), "
        )
        assert one.application == "ready"
        assert one.run(asks(("look 2", "found 2"))).exit_code == 0
    assert "found 1" not in one.text


@pytest.mark.posix("names are text there")
def test_a_path_that_is_no_text_is_asked_as_it_is():
    fake = FakeApplication().answers(r"load (\S+)", FakeApplication().says("loaded"))
    with session(made(Driven, fake=fake)) as one:
        assert "matched loaded" in one.run(asks(("load /tmp/\udcff", "^loaded"))).lines
