"""The fixtures for pytest, in the project of an author."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap

import pytest
from patience import SECONDS

pytestmark = pytest.mark.unmeasured

PROJECT = """
    import shutil
    import subprocess

    from adaptor_runtime import Adaptor, CommandAdaptor, ManagedProcess, RegexCallback, RegexHandler, SemanticVersion


    class Render(ManagedProcess):
        def __init__(self, run_data):
            rule = RegexCallback([r"(\\d+)%"], lambda match: Adaptor.update_status(progress=float(match[1])))
            super().__init__(run_data, stdout_handler=RegexHandler([rule]))

        def get_executable(self):
            return "no-such-blender"


    class Blender(CommandAdaptor):
        data_version = SemanticVersion(1, 0)

        def get_managed_process(self, run_data):
            return Render(run_data)

        def on_start(self):
            print("a line of the session")


    def test_in_this_process(adaptor_session, fake_application):
        fake_application("no-such-blender").progresses(count=4)
        assert adaptor_session(Blender).run().progress == [25, 50, 75, 100]


    def test_in_a_daemon(daemon_session, fake_application):
        fake_application("no-such-blender").says("7%").exits(3)
        outcome = daemon_session(Blender).run(check=False)
        assert (outcome.exit_code, outcome.progress) == (1, [7])


    def test_that_asserts_wrongly(adaptor_session):
        adaptor_session(Blender)
        assert "blender" == "maya"


    def test_with_a_task_that_fails(adaptor_session, fake_application):
        fake_application("no-such-blender").says("Error: no license").exits(3)
        adaptor_session(Blender).run()


    def test_that_an_end_fails(adaptor_session):
        def on_cleanup(self):
            raise ValueError("still there")

        adaptor_session(type("Broken", (Blender,), {"on_cleanup": on_cleanup}))


    def test_nothing_is_left_of_the_fake():
        assert shutil.which("no-such-blender") is None
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "test_blender.py").write_text(textwrap.dedent(PROJECT))

    def run(*options):
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", *options]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=3 * SECONDS)

    return run


def test_the_tests_of_an_author_get_sessions_and_fakes_and_failures_tell_the_story(project):
    done = project("-rA")
    found = re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\w+)", done.stdout, re.MULTILINE)
    verdicts = {name: verdict for verdict, name in found}
    assert verdicts == {
        "test_in_this_process": "PASSED",
        "test_in_a_daemon": "PASSED",
        "test_that_asserts_wrongly": "FAILED",
        "test_with_a_task_that_fails": "FAILED",
        "test_that_an_end_fails": "ERROR",
        "test_nothing_is_left_of_the_fake": "PASSED",
    }, done.stdout
    asserted, failed, broken = (
        done.stdout.partition(f"{name} ___")[2].partition("\n____")[0]
        for name in ("test_that_asserts_wrongly", "test_with_a_task_that_fails", "teardown of test_that_an_end_fails")
    )
    assert "- Captured output of <AdaptorSession of Blender started> call -" in asserted
    assert "\na line of the session\n" in asserted
    assert "run of Blender failed with exit code 1: on_run failed: no-such-blender exited with 3;" in failed
    assert "its last line: Error: no license" in failed
    assert "E         path: idle -> started -> running -> started\n" in failed
    assert "Captured output of <AdaptorSession" not in failed  # the error has shown it
    assert "_adaptor_session.py" not in failed.partition("SessionFailedError")[0]  # no frame of ours
    assert "stop of Broken failed with exit code 1: on_cleanup raised ValueError: still there" in broken


def test_the_fixtures_explain_themselves(project):
    shown = project("--fixtures").stdout
    for line in (
        "Start sessions of an adaptor in this process; they are stopped and cleaned up after the test.",
        "Start sessions of an adaptor in real daemons, by real commands;",
        "Make applications that do what a test says, as executables that are found in the PATH during the test.",
    ):
        assert line in shown


def modules_after(text):
    program = f"import sys, {text}; print(*[name for name in sys.modules if name.startswith('adaptor_runtime')])"
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    return {name.partition(".")[2] for name in done.stdout.split() if name.startswith("adaptor_runtime.")}


def test_a_run_of_pytest_that_uses_no_fixture_loads_next_to_nothing_of_ours():
    assert modules_after("pytest, adaptor_runtime.testing.pytest_plugin") == {"testing", "testing.pytest_plugin"}


def test_the_package_needs_no_pytest():
    program = """
import sys

sys.modules["pytest"] = None  # its import fails
from adaptor_runtime import Adaptor, SemanticVersion
from adaptor_runtime.testing import FakeApplication, session


class Greeter(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        self.update_status(status_message=f"hello {run_data['name']}")


with session(Greeter) as one:
    print(one.run({"name": "world"}).statuses)
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "['hello world']\n", "")
