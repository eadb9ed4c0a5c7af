"""Sessions of an adaptor under test, in the process of the test."""

from __future__ import annotations

import logging
import os
import pathlib
import sys
import threading
import time

import psutil
import pytest
import structlog
from adaptor_runtime import Deadlines, LoggingSubprocess, PathMappingRule, RegexCallback, RegexHandler
from adaptor_runtime.ipc import BadInputError
from adaptor_runtime.testing import FakeApplication, SessionFailedError, session
from adaptor_runtime.testing._in_process import InProcess
from patience import SECONDS

WHOLE = ["start: idle -> started", "stop: started -> stopped", "cleanup: stopped -> cleaned"]


def print_words(self, run_data):
    print("printed", run_data["word"])
    print("without end", end="")
    print("as an error", file=sys.stderr)
    logging.getLogger("made").warning("logged %s", run_data["word"])
    structlog.get_logger().info("told", word=run_data["word"])
    self.update_status(progress=12.5, status_message="half way")


def raise_error(self, *_):
    raise ValueError("no such scene")


def wait_for_ever(self, *_):
    print("waiting")
    self.expect().result()


def test_a_session_goes_from_start_to_cleanup_and_records_all_that_is_said(made):
    with session(made(on_run=print_words)) as one:
        outcome = one.run({"word": "hello"})
        assert (outcome.exit_code, outcome.phase, outcome.message) == (0, "run", "")
        for line in (
            "printed hello",
            "without end",
            "STDERR: as an error",
            "WARNING: logged hello",
            "INFO: told word=hello",
            "openjd_progress: 12.5",
        ):
            assert line in outcome.lines, outcome.text
        assert (outcome.progress, outcome.statuses) == ([12.5], ["half way"])
        assert one.state == "started"
    assert (one.progress, one.statuses, one.state) == ([12.5], ["half way"], "cleaned")
    assert [move for move in one.transitions if "running" not in move] == WHOLE
    assert [each.phase for each in one.outcomes] == ["start", "run", "stop"]
    assert set(outcome.lines) < set(one.lines)
    assert repr(one) == "<AdaptorSession of Made cleaned>"


def test_what_the_test_prints_meanwhile_is_no_output_of_the_session(made, capsys):
    with session(made(on_run=print_words)) as one:
        print("I am the test")
        one.run({"word": "hello"})
    assert capsys.readouterr().out == "I am the test\n"
    assert "I am the test" not in one.text


def test_a_failure_raises_with_the_story_so_far_and_the_next_task_may_run(made):
    def on_run(self, run_data):
        {}[run_data["key"]] if "key" in run_data else print("fine")

    with session(made(on_run=on_run)) as one:
        with pytest.raises(SessionFailedError) as failed:
            one.run({"key": "x"})
        assert one.run().lines[1] == "fine"
    assert failed.value.exit_code == failed.value.outcome.exit_code == 1
    first, calls, states, *lines = str(failed.value).split("\n")
    assert first == "run of Made failed with exit code 1: on_run failed: KeyError: 'x'"
    assert calls.startswith("  calls with their exit codes: start 0 (")
    assert states == "  path: idle -> started -> running -> started"
    assert "    openjd_fail: on_run failed: KeyError: 'x'" in lines
    assert any("test_session.py" in line for line in lines)  # the traceback of the author's code


def test_a_failure_is_returned_where_the_test_says_so(made):
    with session(made(on_run=raise_error), check=False) as one:
        assert one.run().exit_code == 1
        with pytest.raises(SessionFailedError):
            one.run(check=True)
        assert one.outcome.message == "on_run failed: ValueError: no such scene"


@pytest.mark.parametrize("hook", ["on_stop", "on_cleanup"])
def test_a_failure_at_the_end_raises_but_hides_no_error_of_the_test(made, hook):
    with pytest.raises(SessionFailedError, match=f"stop of Made failed with exit code 1: {hook} raised ValueError"):
        with session(made(**{hook: raise_error})):
            pass
    with pytest.raises(ZeroDivisionError):
        with session(made(**{hook: raise_error})) as one:
            1 / 0  # noqa: B018  what a test may do
    assert one.outcome.exit_code == 1


def test_a_start_that_fails_raises_after_the_cleanup(made):
    called = []
    adaptor = made(on_start=raise_error, on_cleanup=lambda self: called.append("cleanup"))
    with pytest.raises(SessionFailedError, match="start of Made failed with exit code 1: on_start failed"):
        with session(adaptor):
            pytest.fail("it did not start")
    assert called == ["cleanup"]
    with session(adaptor, check=False) as one:
        assert one.outcome.exit_code == 1
        assert one.run().exit_code == 3
    assert one.outcome.exit_code == 0


def test_nothing_runs_in_a_session_whose_start_was_refused(made):
    adaptor = made(init_data_schema={"properties": {"frame": {"type": "integer"}}})
    with session(adaptor, init_data={"frame": "x"}, check=False) as one:
        assert one.outcome.exit_code == 2
        assert one.run().exit_code == 3
        assert one.application_pids == []


def test_a_call_that_comes_while_the_session_is_ending_is_answered_at_once(made, monkeypatch):
    served, may_end = threading.Event(), threading.Event()

    def serve_and_linger(self):
        serve(self)
        served.set()
        may_end.wait(SECONDS)

    serve = InProcess._serve
    monkeypatch.setattr(InProcess, "_serve", serve_and_linger)
    with session(made(on_start=raise_error), timeout=0.1, check=False) as one:
        assert served.wait(SECONDS)
        assert one.run().exit_code == 3
        may_end.set()


def test_everything_is_as_before_afterwards(made, tmp_path):
    def on_start(self):
        os.environ["LEFT_BY_THE_ADAPTOR"] = "1"
        os.chdir(tmp_path)
        sys.path.insert(0, "/left/by/the/adaptor")
        logging.getLogger("made").warning("logged")
        self.application = LoggingSubprocess(args=FakeApplication().ignores().spawns().hangs().command)
        raise ValueError("assert that")

    def look():
        loggers = logging.getLogger().level, logging.getLogger("transitions").level, logging.raiseExceptions
        return (
            dict(os.environ),
            os.getcwd(),
            list(sys.path),
            (sys.stdout, sys.stderr, os._exit),
            (*loggers, logging.StreamHandler.emit, structlog.is_configured()),
        )

    def running():
        threads = {thread for thread in threading.enumerate() if thread.ident in sys._current_frames()}
        return {*threads, *psutil.Process().children(recursive=True)}

    def check():
        assert look() == before
        until = time.monotonic() + SECONDS
        while not running() <= running_before:  # a thread that is joined may still have its last frame
            assert time.monotonic() < until, running() - running_before
            time.sleep(0.01)

    before, running_before = look(), running()
    with session(made(on_start=on_start), check=False, environment={"FOR_THE_SESSION": "1"}) as one:
        assert "ValueError: assert that" in one.text
    check()
    with session(made()):
        pass
    check()


def test_the_variable_of_the_test_runner_stays_as_the_runner_changes_it(made, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    with session(made()):
        monkeypatch.setenv("PYTEST_CURRENT_TEST", "a test (teardown)")
    assert os.environ["PYTEST_CURRENT_TEST"] == "a test (teardown)"


def test_an_application_that_the_test_leaves_running_is_ended(made):
    def on_start(self):
        ready = self.expect()
        rules = RegexHandler([RegexCallback(["ready"], ready.set_result)])
        LoggingSubprocess(args=FakeApplication().says("ready").hangs().command, stdout_handler=rules)
        ready.result()

    with pytest.raises(AssertionError, match="of the test"), session(made(on_start=on_start)) as one:
        (pid,) = one.application_pids
        assert psutil.pid_exists(pid)
        raise AssertionError("of the test")
    assert not psutil.pid_exists(pid)
    assert one.application_pids == []


def test_the_timeout_ends_a_hook_that_hangs(made):
    over = threading.Event()
    with session(made(on_run=lambda self, _: over.wait()), timeout=2, check=False) as one:
        outcome = one.run()
        over.set()
    assert outcome.exit_code == 5
    assert "2 s" in outcome.message
    assert outcome.seconds < SECONDS


def test_a_shorter_deadline_of_the_class_counts_and_one_of_the_test_counts_most(made):
    adaptor = made(on_run=wait_for_ever, deadlines=Deadlines(run=0.1))
    with session(adaptor, check=False) as one:
        assert "0.1 s" in one.run().message
    with session(adaptor, deadlines={"run": 0.2}, check=False) as one:
        assert "0.2 s" in one.run().message
    with pytest.raises(ValueError, match="there is no deadline 'runs'; the names are start, run, stop"):
        session(adaptor, deadlines={"runs": 1})


@pytest.mark.parametrize(("by", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_cancel_ends_the_task_in_flight(made, by, code):
    with session(made(on_run=wait_for_ever)) as one:
        task = one.begin_run()
        assert one.wait_for("waiting") == "waiting"
        assert not task.is_over
        assert one.cancel(by).exit_code == code
        assert task.is_over
        assert task.result(check=False) is one.outcome
        assert one.run(check=False).exit_code == 3
    assert one.transitions[-3:] == [
        "cancel: running -> canceled",
        "stop: canceled -> stopped",
        "cleanup: stopped -> cleaned",
    ]


def test_a_cancel_between_tasks_cancels_the_session(made):
    with session(made()) as one:
        assert one.cancel().phase == "cancel"
        assert one.state == "canceled"


def test_a_line_that_never_comes_is_not_waited_for_after_the_task(made):
    with session(made()) as one:
        one.begin_run()
        with pytest.raises(SessionFailedError, match="waited for a line with 'never': the call ended without it"):
            one.wait_for("never")
    with session(made(on_run=wait_for_ever)) as one:
        one.begin_run()
        with pytest.raises(SessionFailedError, match=r"waited for a line with 'never': not within 0\.05 s"):
            one.wait_for("never", timeout=0.05)


def test_data_arrives_as_from_a_scheduler(made, tmp_path):
    given = {"frames": (1, 2), "scene": tmp_path}
    seen = []
    with session(made(on_run=lambda self, data: seen.extend([self.init_data, data])), init_data=given) as one:
        one.run({"path": pathlib.PurePosixPath("/a")})
        with pytest.raises(TypeError, match="a scheduler sends data as JSON, which cannot express"):
            one.run({"set": {1}})
    assert seen == [{"frames": [1, 2], "scene": str(tmp_path)}, {"path": "/a"}]
    assert given == {"frames": (1, 2), "scene": tmp_path}


def test_data_that_does_not_fit_the_schema_is_bad_input(made):
    schema = {"properties": {"frame": {"type": "integer", "default": 7}}}
    seen = []
    adaptor = made(
        on_run=lambda self, data: seen.append(data["frame"]), init_data_schema=schema, run_data_schema=schema
    )
    with session(adaptor) as one:
        one.run()
        assert one.run({"frame": "x"}, check=False).exit_code == 2
    assert seen == [7]
    with pytest.raises(SessionFailedError, match="start of Made failed with exit code 2: the init data does not fit"):
        session(adaptor, init_data={"frame": "x"}).start()


def test_secrets_are_hidden_in_the_session_and_not_in_the_next_one(made):
    schema = {"properties": {"word": {"writeOnly": True}}}
    for hidden, adaptor in ((True, made(on_run=raise_word, run_data_schema=schema)), (False, made(on_run=raise_word))):
        with session(adaptor) as one:
            message = one.run({"word": "sesame"}, check=False).message
            assert ("sesame" in message) is not hidden


def raise_word(self, run_data):
    raise ValueError(run_data["word"])


RULE = PathMappingRule(source_path_format="POSIX", source_path="/from", destination_path="/to")


@pytest.mark.parametrize("rules", [[RULE], [RULE.to_dict()], {"path_mapping_rules": [RULE.to_dict()]}])
def test_paths_are_mapped_by_the_rules_of_the_test(made, rules):
    with session(made(on_run=lambda self, data: print(self.map_path("/from/a"))), path_mapping_rules=rules) as one:
        assert os.path.normpath("/to/a") in one.run().lines


def test_rules_that_are_malformed_are_bad_input(made):
    with pytest.raises(SessionFailedError, match="exit code 2: the path mapping rules: path_mapping_rules"):
        session(made(), path_mapping_rules=[{"source_path": "/from"}]).start()


def test_the_configuration_of_the_test_overrides_the_files(made):
    adaptor = made(on_run=lambda self, data: print("licenses:", self.config.config["licenses"]))
    with session(adaptor, configuration={"licenses": 4, "deadlines": {"cancel": 3}}) as one:
        assert "licenses: 4" in one.run().lines
    assert "MADE_CONFIG_PATH" not in os.environ
    with pytest.raises(SessionFailedError, match="exit code 2: configuration file"):
        session(adaptor, configuration={"log_level": "LOUD"}).start()


def test_each_value_of_the_progress_is_recorded_however_fast(made):
    def on_run(self, _):
        for percent in range(101):
            self.update_status(progress=percent)

    with session(made(on_run=on_run)) as one:
        assert one.run().progress == list(range(101))


def test_an_instance_has_its_data_already(made):
    instance = made(on_run=lambda self, data: print(self.init_data["word"]))({"word": "hello"})
    with session(instance) as one:
        assert "hello" in one.run().lines
    with pytest.raises(TypeError, match="an instance has its data already"):
        session(instance, init_data={})


def test_an_adaptor_may_be_named(made):
    with session("adaptor_runtime.examples.ffmpeg.adaptor:FfmpegAdaptor") as one:
        assert one.run({"output": "x"}, check=False).exit_code == 1


@pytest.mark.parametrize("wrong", [int, "no_such_module:Class"])
def test_what_is_no_adaptor_is_bad_input(wrong):
    with pytest.raises(BadInputError, match="cannot be"):
        session(wrong)


def test_a_process_has_one_session_at_a_time(made):
    with session(made()):
        with pytest.raises(RuntimeError, match="another session is open in this process"):
            session(made()).start()
    with session(made()):
        pass


def test_a_session_can_be_driven_without_a_block(made):
    one = session(made())
    with pytest.raises(RuntimeError, match="was not started"):
        one.run()
    with pytest.raises(RuntimeError, match="no call of this session has ended"):
        one.outcome  # noqa: B018  it raises
    assert one.records == ()
    assert one.start().succeeded
    with pytest.raises(RuntimeError, match="was started before"):
        one.start()
    assert one.run().succeeded
    assert one.stop().succeeded
    assert one.stop().succeeded
    assert one.run(check=False).exit_code == 3
    assert one.application is None
