"""A defect of the runtime itself: it is the cause of the failure, and costs neither stop nor cleanup."""

from __future__ import annotations

import psutil
import pytest
from patience import SECONDS

pytestmark = pytest.mark.faults("The runtime's own thread")

MODULE = """
import importlib, os
from adaptor_runtime.adaptors import Adaptor, AdaptorConfigurationOptions, SemanticVersion

def note(hook):
    with open(os.environ["CALLS_FILE"], "a") as file:
        file.write(hook + "\\n")

def break_down(what, times, error):
    module, _, names = what.partition(":")
    owner, name = importlib.import_module("adaptor_runtime." + module), names
    if "." in names:
        owner, name = getattr(owner, names.split(".")[0]), names.split(".")[1]
    former, left = getattr(owner, name), [times]

    def defective(*args, **kwargs):
        if left[0] > 0:
            left[0] -= 1
            raise error("broken on purpose")
        return former(*args, **kwargs)

    setattr(owner, name, defective)

class Mine(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)

    def at(self, moment):
        note(moment)
        if moment == os.environ.get("MOMENT"):
            times, error = int(os.environ.get("TIMES", "1")), eval(os.environ.get("ERROR", "ValueError"))
            break_down(os.environ["WHAT"], times, error)

    def on_start(self): self.at("on_start")
    def on_run(self, run_data): self.at("on_run")
    def on_stop(self): self.at("on_stop")
    def on_cleanup(self): self.at("on_cleanup")

class Configured(Mine):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, config_opts=AdaptorConfigurationOptions(config_path="own.json"), **kwargs)
"""
PARTS = [
    "adaptors._session.transcript:Transcript.publish",
    "adaptors._session.transcript:Transcript.finish",
    "adaptors._session.transcript:Transcript.note",
    "adaptors._messages.emitter:Emitter.record",
    "adaptors._messages.emitter:emit_message",
    "adaptors._session.session:Session.hook_ended",
    "adaptors._session.session:Session._settle",
    "adaptors._session.session:Session._conclude",
    "adaptors._session.session:Session.next_due",
    "adaptors._session.adaptor_host:AdaptorHost._announce",
    "adaptors._session.adaptor_host:registry.flush_all",
    "adaptors._session.runner:next_event",
    "statemachine._lifecycle:Lifecycle.settle",
    "statemachine._lifecycle:Lifecycle.begin",
    "statemachine._recorder:Record",
]
CALLS = ["on_start", "on_run", "on_stop", "on_cleanup"]


@pytest.fixture
def author(command_line):
    (command_line.directory / "mine.py").write_text(MODULE)
    command_line.adaptor = "mine:Mine"
    return command_line


def check(run):
    assert run.exit_code == 1, run
    assert run.failures[0].startswith("openjd_fail: a defect of the runtime: "), run
    assert "broken on purpose" in run.failures[0]
    assert run.count("Traceback (most recent call last)") == 1, run


@pytest.mark.parametrize("moment", ["on_start", "on_run", "on_stop"])
@pytest.mark.parametrize("what", PARTS)
def test_a_run_stops_and_cleans_up_after_a_defect(author, what, moment):
    run = author.run(WHAT=what, MOMENT=moment)
    check(run)
    assert author.calls in (CALLS, [call for call in CALLS if call != "on_run" or moment != "on_start"])


@pytest.mark.parametrize("what", ["write", "note"])
def test_a_journal_that_fails_is_a_defect(author, what):
    arguments = ["run", "--journal", author.directory / "journal"]
    run = author(*arguments, WHAT=f"adaptors._messages.journal:Journal.{what}", MOMENT="on_run", ERROR="TypeError")
    check(run)
    assert author.calls == CALLS


@pytest.mark.parametrize("error", ["MemoryError", "RecursionError", "KeyboardInterrupt", "SystemExit", "OSError"])
def test_whatever_the_error_is(author, error):
    check(author.run(WHAT="adaptors._session.transcript:Transcript.publish", MOMENT="on_run", ERROR=error))
    assert author.calls == CALLS


@pytest.mark.parametrize(
    "what",
    [
        "adaptors._session.transcript:Transcript.publish",
        "adaptors._session.transcript:Transcript.finish",
        "adaptors._messages.emitter:emit_message",
        "adaptors._session.adaptor_host:AdaptorHost._announce",
        "adaptors._session.adaptor_host:registry.flush_all",
        "adaptors._session.adaptor_host:AdaptorHost.report",
        "adaptors._session.adaptor_host:AdaptorHost.begin",
        "adaptors._session.session:Session._conclude",
    ],
)
def test_a_permanent_failure_prevents_neither_stop_nor_cleanup(author, what):
    run = author.run(WHAT=what, MOMENT="on_run", TIMES="1000000", run_data={})
    if what.endswith(("report", "begin")):  # nothing asks for them but a stop
        assert run.exit_code in {0, 1}
    else:
        assert run.exit_code == 1
        assert run.failures
    assert author.calls == CALLS


@pytest.mark.parametrize(
    "what",
    [
        "statemachine._lifecycle:Lifecycle.settle",
        "adaptors._session.runner:next_event",
        "adaptors._session.shutdown:Shutdown.share",
    ],
)
def test_there_is_an_end_even_if_nothing_works_any_more(author, what):
    run = author.run(WHAT=what, MOMENT="on_run", TIMES="1000000")
    assert run.exit_code in {0, 1}


@pytest.mark.parametrize("what", [*PARTS[3:9], "adaptors._session.runner:next_event"])
def test_a_daemon_stops_and_cleans_up_after_a_defect_and_is_gone(author, what):
    assert author.start(WHAT=what, MOMENT="on_run").exit_code == 0
    daemon = author.daemon
    task = author.task()
    if task.exit_code or "hook_ended" in what:  # else the task had ended when it happened
        check(task)
    psutil.wait_procs([daemon], timeout=SECONDS)
    assert not daemon.is_running()
    assert author.calls == CALLS
    assert author.stop().exit_code in {0, 4}


def test_a_start_that_met_a_defect_is_a_failed_start(author):
    start = author.start(WHAT="adaptors._session.session:Session._conclude", MOMENT="on_start")
    check(start)
    assert author.calls == ["on_start", "on_stop", "on_cleanup"]
    assert author.stop().exit_code == 0


@pytest.mark.parametrize("text", ["{", '{"log_level": "LOUD"}'])
def test_an_adaptor_whose_own_configuration_is_malformed_is_cleaned_up(author, text):
    (author.directory / "own.json").write_text(text)
    author.adaptor = "mine:Configured"
    run = author.run()
    assert run.exit_code == 1, run
    assert "own.json" in run.failures[0]
    assert "Traceback" not in run.text
    assert author.calls == ["on_cleanup"]
    start, stop = author.start(), author.stop()
    assert (start.exit_code, stop.exit_code) == (1, 0)
    assert author.calls == ["on_cleanup", "on_cleanup"]


def test_a_cleanup_that_was_not_called_is_not_in_the_record(author):
    (author.directory / "mine.py").write_text(
        MODULE.replace("    def at(", "    def __init__(self, *args, **kwargs): raise OSError\n    def at(")
    )
    run = author.run()
    assert run.exit_code == 1
    assert run.transitions[-1] == ("failed", "cleaned")
    assert run.count("on_cleanup") == 0, run
    assert "no adaptor: its constructor" in run.text
    assert author.calls == []
