"""Commands that do not say how they ended, or never end, with real programs that do so.

Applications that do so while they are kept are in ``application/``: a client that never connects, a handler that never
returns, a kill in a call.
"""

from __future__ import annotations

import os
import sys

import imageio_ffmpeg
import pytest
from adaptor_runtime import CommandAdaptor, Deadlines, ManagedProcess, SemanticVersion
from adaptor_runtime.rules import done, failure, fatal
from adaptor_runtime.testing import session
from small_shell import shell_command

pytestmark = pytest.mark.faults("The application's life")

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
HOUR = 3600

CRASHES_AT_EXIT = """
import atexit, os, sys
atexit.register(os.abort)
with open(sys.argv[1], "w") as file:
    file.write("picture")
print("Saved:", sys.argv[1], flush=True)
"""


class Command(ManagedProcess):
    """Runs the arguments in its run data."""

    def get_executable(self):
        return self.run_data["args"][0]

    def get_arguments(self):
        return self.run_data["args"][1:]


def command(*rules, **attributes):
    """Return a class of an adaptor whose command has these attributes."""
    process = type("Process", (Command,), attributes)

    class CommandedAdaptor(CommandAdaptor):
        data_version = SemanticVersion(1, 0)
        deadlines = Deadlines(run=60)
        output_patience = 0.0

        def get_managed_process(self, run_data):
            return process(run_data)

        def expected_outputs(self, run_data):
            return run_data.get("outputs", ())

    CommandedAdaptor.rules = rules
    return CommandedAdaptor


@pytest.mark.posix("setsid")
@pytest.mark.parametrize("says", ["", "echo Error: no camera"])
def test_a_launcher_that_forks_is_judged_by_the_real_program(tmp_path, says):
    real = f"{says or ':'}; while [ ! -e go ]; do sleep 0.01; done; echo picture > frame.png; echo real program is over"
    adaptor = command(
        failure("^Error: (?P<message>.*)", name="real-error"),
        follow_launcher=True,
        get_startup_directory=lambda self: tmp_path,
    )
    with session(adaptor) as one:
        task = one.begin_run({"args": ["setsid", "--fork", "sh", "-c", real], "outputs": [tmp_path / "frame.png"]})
        one.wait_for("the launcher")  # has exited with 0
        (tmp_path / "go").touch()
        outcome = task.result(check=False)
    assert "STDOUT: real program is over" in outcome.lines
    assert ("rule real-error: Error: no camera" in outcome.message) == bool(says)
    assert outcome.exit_code == bool(says)


def test_a_license_that_is_asked_for_again_and_again_ends_the_task_at_once():
    retries = f"while :; do echo 'Checkout failed: no license, retry in 1 h'; sleep {HOUR}; done"
    adaptor = command(fatal(r"^Checkout failed: (?P<message>no license)", name="license"))
    with session(adaptor) as one:
        failed = one.run({"args": shell_command(retries)}, check=False)
    assert failed.exit_code == 1
    assert "rule license: Checkout failed: no license, retry in 1 h" in failed.message
    assert "requested by the rule license" in one.text


@pytest.mark.parametrize("has_rule", [True, False])
def test_a_crash_at_exit_after_a_good_frame_is_a_success_where_a_rule_says_so(tmp_path, has_rule):
    frame = str(tmp_path / "frame.png")
    how = "was ended by SIGABRT (signal 6)" if os.name == "posix" else "exited with 3"
    with session(command(*([done("^Saved: ")] if has_rule else []))) as one:
        task = one.run({"args": [sys.executable, "-c", CRASHES_AT_EXIT, frame], "outputs": [frame]}, check=False)
    assert task.exit_code == (0 if has_rule else 1)
    assert (f"{how}; its last line: Saved: " in task.message) == (not has_rule)


def test_a_program_that_is_done_and_never_exits_is_ended_as_a_success():
    stays = f"echo 'Sample 16/16'; echo 'Saved: frame.png'; sleep {HOUR}"
    with session(command(done("^Saved: ", grace=0.1, name="saved"))) as one:
        assert one.run({"args": shell_command(stays)}).exit_code == 0
    assert "requested by the rule saved" in one.text


def test_ffmpeg_that_asks_whether_to_overwrite_has_failed_although_it_says_nothing_by_its_exit_code(tmp_path):
    film = tmp_path / "film.mp4"
    film.write_bytes(b"of an earlier task")
    encode = [FFMPEG, "-hide_banner", "-f", "lavfi", "-i", "testsrc=duration=1:size=64x64", str(film)]
    with session(command(failure(r"^File '.*' already exists", name="exists"), success_exit_codes=range(256))) as one:
        failed = one.run({"args": encode, "outputs": [film]}, check=False)
        assert "rule exists: " in failed.message
    with session(command(success_exit_codes=range(256))) as one:
        failed = one.run({"args": encode, "outputs": [film]}, check=False)
        assert f"the expected output {film} is old" in failed.message
    with session(command(get_stdin=lambda self: "y\n")) as one:
        assert one.run({"args": encode, "outputs": [film]}).exit_code == 0


@pytest.mark.posix("rm")
def test_a_prompt_that_nobody_answers_ends_the_task(tmp_path):
    (tmp_path / "scene").touch()
    asks = f'sleep {HOUR} | rm -i "$1"/scene'
    with session(command(fatal(r"remove .*\? $", name="prompt"))) as one:
        failed = one.run({"args": ["sh", "-c", asks, "sh", str(tmp_path)]}, check=False)
    assert "rule prompt: " in failed.message
    assert failed.message.rstrip().endswith("scene'?")
    assert (tmp_path / "scene").exists()


def test_a_standard_input_that_does_not_exist_fails_the_task_with_its_path_and_no_frame_of_the_runtime(tmp_path):
    class Reads(CommandAdaptor):
        data_version = SemanticVersion(1, 0)

        def launch(self, run_data):
            return [sys.executable, "-Sc", ""]

        def stdin(self, run_data):
            return tmp_path / "missing"

    with session(Reads) as one:
        failed = one.run(check=False)
        assert "the standard input cannot be read: No such file or directory" in failed.message
        assert repr(str(tmp_path / "missing")) in failed.message
        assert "Traceback" not in one.text


@pytest.mark.parametrize(
    ("ending", "limits", "exit_code", "message"),
    [
        ("deadline", {"run": 2}, 5, "on_run did not end within its deadline of 2 s"),
        pytest.param(
            *("SIGINT", {}, 130, "on_run was canceled by SIGINT; sh was ended by SIGTERM (signal 15)"),
            marks=pytest.mark.posix("nothing is asked by a signal there"),
        ),
    ],
)
def test_on_postrun_is_told_of_a_cancel_what_the_scheduler_is_told(ending, limits, exit_code, message):
    outcomes = []

    class Waits(CommandAdaptor):
        data_version = SemanticVersion(1, 0)

        def launch(self, run_data):
            return shell_command("echo waiting; sleep 60")

        def on_postrun(self, run_data, outcome):
            outcomes.append(outcome)

    with session(Waits, deadlines=limits) as one:
        task = one.begin_run({})
        if ending != "deadline":
            one.wait_for("STDOUT: waiting")
            one.cancel(ending)
        failed = task.result(check=False)
    assert failed.exit_code == exit_code
    assert [outcome.exit_code for outcome in outcomes] == [exit_code]
    assert outcomes[0].message.startswith(message)
    assert failed.message.startswith(message.partition(";")[0])
