"""Sessions of an adaptor under test, in a real daemon."""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time

import psutil
import pytest
from adaptor_runtime import Adaptor, Deadlines, LoggingSubprocess, RegexCallback, RegexHandler, SemanticVersion
from adaptor_runtime.ipc import BadInputError
from adaptor_runtime.testing import FakeApplication, SessionFailedError, daemon_session
from patience import SECONDS


class Waiting(Adaptor):
    """Its application says that it is ready; a task fails, waits, or says what it was given."""

    data_version = SemanticVersion(1, 0)
    deadlines = Deadlines(run=50)

    def on_start(self):
        ready = self.expect()
        rules = RegexHandler([RegexCallback(["ready"], ready.set_result)])
        self.application = LoggingSubprocess(args=self.init_data["command"], stdout_handler=rules)
        ready.result()

    def on_run(self, run_data):
        if run_data.get("wait"):
            print("waiting in", os.getpid())
            self.expect().result()
        self.update_status(progress=50, status_message=os.environ["WORD"])
        print("licenses:", self.config.config["licenses"], self.map_path("/from/a"))
        if run_data.get("fail"):
            raise ValueError("no such scene")


@pytest.fixture
def options(tmp_path):
    return {
        "init_data": {"command": FakeApplication().says("ready").hangs().command},
        "configuration": {"licenses": 4},
        "environment": {"WORD": "hello", "TMPDIR": str(tmp_path)},
        "path_mapping_rules": [{"source_path_format": "POSIX", "source_path": "/from", "destination_path": "/to"}],
    }


def is_running(pid):
    """Return whether a process exists, and is more than a zombie that init has not reaped yet."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def there():
    """Return what a session could leave behind; the environment, threads, and processes of the test itself."""
    threads = {thread for thread in threading.enumerate() if thread.ident in sys._current_frames()}
    return dict(os.environ), {*threads, *psutil.Process().children(recursive=True)}


def assert_nothing_is_left(before):
    """Wait until nothing is there that was not there before: a thread that is joined may still have its last frame."""
    until = time.monotonic() + SECONDS
    while not there()[1] <= before[1]:
        assert time.monotonic() < until, there()[1] - before[1]
        time.sleep(0.01)
    assert there()[0] == before[0]


def test_a_session_has_the_same_face_in_a_daemon_and_leaves_nothing(options, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = there()
    with daemon_session(Waiting, **options) as one:
        (application,) = one.application_pids
        outcome = one.run()
        assert f"licenses: 4 {os.path.normpath('/to/a')}" in outcome.lines, outcome.text
        assert (outcome.progress, outcome.statuses) == ([50], ["hello"])
        with pytest.raises(SessionFailedError) as failed:
            one.run({"fail": True})
        assert str(failed.value).startswith(
            "run of Waiting failed with exit code 1: on_run failed: ValueError: no such"
        )
        assert "\n  path: idle -> started -> running -> started -> running -> started\n" in str(failed.value)
        task = one.begin_run({"wait": True})
        daemon = int(one.wait_for("waiting in").split()[-1])
        assert daemon != os.getpid()
        name, code = ("SIGINT", 130) if os.name == "posix" else ("SIGTERM", 143)
        assert one.cancel(name).exit_code == code
        assert task.is_over
        assert one.run(check=False).exit_code == 3
    assert one.outcome.phase == "stop"
    assert one.transitions[-3:] == [
        "cancel: running -> canceled",
        "stop: canceled -> stopped",
        "cleanup: stopped -> cleaned",
    ]
    assert not is_running(application)
    assert not is_running(daemon)
    assert_nothing_is_left(before)
    assert list(tmp_path.iterdir()) == []


def test_an_idle_session_is_canceled_and_an_error_of_the_test_leaves_no_daemon(options):
    before = there()
    with pytest.raises(ZeroDivisionError):
        with daemon_session(Waiting, **options) as one:
            assert one.cancel().succeeded
            assert one.state == "canceled"
            1 / 0  # noqa: B018  what a test may do
    assert one.state == "cleaned"
    assert_nothing_is_left(before)


def test_a_start_that_fails_tells_the_reason_of_the_daemon(options):
    before = there()
    command = FakeApplication().says_error("no license").exits(3).command
    options["init_data"] = {"command": command}
    with pytest.raises(
        SessionFailedError, match=r"start of Waiting failed with exit code 1: .* exited with 3; .*no license"
    ):
        daemon_session(Waiting, **options).start()
    with daemon_session(Waiting, **{**options, "configuration": {"log_level": "LOUD"}}, check=False) as one:
        assert one.outcome.exit_code == 2
    assert_nothing_is_left(before)


def test_a_class_that_another_process_cannot_import_is_bad_input(made):
    class Inner(Waiting):
        pass

    with pytest.raises(BadInputError, match=r"a daemon imports .*Inner by its name: define it at the top of a module"):
        daemon_session(Inner)
