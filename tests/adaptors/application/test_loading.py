"""How an application is launched, becomes ready, and is loaded."""

from __future__ import annotations

import pytest
from adaptor_runtime.adaptors import Restart
from adaptor_runtime.rules import failure, fatal, ready
from adaptor_runtime.testing import FakeApplication, session
from kept_application import Driven, Linked, calls, made

LINES = FakeApplication().answers("quit", FakeApplication().exits())


def test_it_is_ready_as_soon_as_its_client_serves():
    with session(Linked) as one:
        assert one.application == "ready"
        assert one.run(calls(("echo", {"a": 1}))).exit_code == 0
        assert "results [{'a': 1}]" in one.lines
    assert one.application_path == ["loading", "ready", "busy", "ready", "closed"]
    assert "its client serves" in [each.cause for each in one.records]


def test_without_a_client_it_is_ready_as_soon_as_a_rule_says_so(tmp_path):
    fake = FakeApplication().waits_for(tmp_path / "go").says("Renderer 4.2 ready").answers("x", FakeApplication())
    loaded = []
    adaptor = made(
        Driven,
        fake=fake,
        rules=[ready("ready$", name="greeting")],
        on_load=lambda self: loaded.append(str(self.application.state)),
        environment=lambda self: (tmp_path / "go").touch() or {},
    )
    with session(adaptor) as one:
        assert "rule greeting" in [each.cause for each in one.records]
    assert loaded == ["ready"]


def test_without_a_client_and_a_rule_it_is_ready_at_once():
    with session(made(Driven, fake=FakeApplication().hangs()), deadlines={"stop": 1}) as one:
        assert one.application == "ready"


def test_a_client_that_never_connects_ends_the_start_at_its_deadline():
    with session(made(words=("silent",)), deadlines={"start": 0.4, "cancel": 2}, check=False) as one:
        assert one.outcome.exit_code == 5
        assert "on_start did not end within its deadline" in one.outcome.message
    assert one.application == "closed"


def test_an_application_that_ends_while_it_loads_is_the_cause():
    with session(made(words=("exit",)), check=False) as one:
        assert one.outcome.exit_code == 1
        assert "exited with 3; its last line: no display" in one.outcome.message
    assert one.application_path[:2] == ["loading", "lost"]


@pytest.mark.parametrize("base", [Linked, Driven])
def test_what_on_load_raises_fails_the_start(base):
    def on_load(self):
        raise ValueError("no such scene")

    with session(made(base, on_load=on_load), check=False) as one:
        assert (one.outcome.exit_code, one.outcome.message) == (1, "on_start failed: ValueError: no such scene")
        assert one.state == "cleaned"
    assert one.application == "closed"


@pytest.mark.parametrize("rule", [failure, fatal])
def test_a_rule_that_matches_while_it_loads_fails_the_start(rule):
    fake = FakeApplication().says("No license").hangs()
    adaptor = made(Driven, fake=fake, rules=[rule("No license", name="license"), ready("never")])
    with session(adaptor, check=False) as one:
        assert one.outcome.exit_code == 1
        assert "license" in one.outcome.message
        assert "No license" in one.outcome.message


def test_a_task_after_a_restart_that_could_not_load_launches_again():
    attempts = []

    def on_load(self):
        attempts.append(1)
        if len(attempts) == 2:
            raise ValueError("no such scene")

    with session(made(on_load=on_load, restart=Restart(after_tasks=1))) as one:
        one.run()
        assert "no such scene" in one.run(check=False).message
        assert one.application == "closed"
        assert one.run().exit_code == 0
    assert len(attempts) == 3


def test_an_executable_that_is_not_there_fails_the_start():
    with session(made(Driven, launch=lambda self: ["no-such-renderer"]), check=False) as one:
        assert one.outcome.exit_code == 1
        assert "no-such-renderer" in one.outcome.message
    assert one.application_path == ["loading", "lost"]


def test_a_launcher_that_forks_is_followed_to_its_client():
    with session(made(words=("fork",))) as one:
        assert one.run(calls(("echo", {"a": 1}))).exit_code == 0
    assert "stranger" not in one.text
    assert "asked to close" in one.text
