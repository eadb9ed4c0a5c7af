"""How an application is launched, becomes ready, and is loaded."""

from __future__ import annotations

import sys

import pytest
from adaptor_runtime.adaptors import OnLoss, Restart
from adaptor_runtime.rules import failure, fatal, ready
from adaptor_runtime.testing import FakeApplication, session
from kept_application import Driven, Linked, calls, kept, made
from patience import SECONDS
from small_shell import shell_command

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
    with session(made(Driven, fake=FakeApplication().hangs()), deadlines={"stop": 12}) as one:
        assert one.application == "ready"


def test_a_client_that_never_connects_ends_the_start_at_its_deadline():
    with session(made(words=("silent",)), deadlines={"start": 0.4}, check=False) as one:
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


BLENDER = """
import sys
from traceback import print_exc
try:
    exec(open(sys.argv[1]).read())
except Exception:
    print("Error: Python: ", end="", file=sys.stderr)
    print_exc()
print("Blender quit")
"""


def behind_a_client(tmp_path, code, **attributes):
    """Make an adaptor whose application has a client with this code, says goodbye, and exits with 0."""
    client = tmp_path / "client.py"
    client.write_text(code)
    command = [sys.executable, "-S", "-u", "-c", BLENDER, str(client)]
    return made(client_file=str(client), launch=lambda self: command, **attributes)


@pytest.mark.faults("The application's life")
@pytest.mark.parametrize("loss", OnLoss)
def test_a_client_that_does_not_serve_is_told_what_is_missing(tmp_path, loss):
    with session(behind_a_client(tmp_path, "print('loaded')", on_loss=loss), check=False) as one:
        assert "exited with 0; its last line: Blender quit" in one.outcome.message
        assert "its client had not served yet: does client.py call serve()?" in one.outcome.message


@pytest.mark.faults("The application's life")
@pytest.mark.parametrize("loss", OnLoss)
@pytest.mark.parametrize("rules", [[], [failure("^Error: (?P<message>.*)")]])
def test_what_a_client_raises_before_it_serves_is_the_cause_and_not_what_follows_it(tmp_path, loss, rules):
    with session(behind_a_client(tmp_path, "import bpi", on_loss=loss, rules=rules), check=False) as one:
        assert "raised ModuleNotFoundError: No module named 'bpi'" in one.outcome.message
        assert "Blender quit" not in one.outcome.message


@pytest.mark.faults("The application's life")
def test_what_a_client_raises_before_it_is_waited_for_is_the_cause_and_not_the_rule_that_matched(tmp_path):
    def expect(self, *arguments, **options):
        assert kept(self).process.wait_ended(SECONDS)
        return Linked.expect(self, *arguments, **options)

    rules = [failure("^Error: (?P<message>.*)")]
    with session(behind_a_client(tmp_path, "import bpi", rules=rules, expect=expect), check=False) as one:
        assert "raised ModuleNotFoundError: No module named 'bpi'" in one.outcome.message


NEVER_READY = [ready("^ready"), ready("^go", name="go")]


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(
        "adaptor_runtime.adaptors._application.patience.SILENT_SECONDS", 3.0
    )  # it has printed its line by then


@pytest.mark.faults("The application's life")
@pytest.mark.parametrize(
    ("adaptor", "awaited"),
    [
        (made(words=("silent",)), "its client to serve (does kept_client.py call serve()?); it printed nothing"),
        (
            made(Driven, launch=lambda self: shell_command("echo Ready!; sleep 100"), rules=NEVER_READY),
            "a line that a ready rule matches (ready-1, go); its last line: Ready!",
        ),
    ],
)
def test_a_start_that_waits_in_vain_says_for_what(adaptor, awaited, impatient):
    with session(adaptor, deadlines={"start": 6}, check=False) as one:
        assert one.outcome.message == f"on_start did not end within its deadline of 6 s; it waited for {awaited}"
        assert one.text.count(f"INFO: still waiting for {awaited}") == 1
