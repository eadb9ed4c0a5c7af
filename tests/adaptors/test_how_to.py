"""Each row of the guide's table "How do I ...", with a real program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import attrs
import imageio_ffmpeg
import pytest
from adaptor_runtime import (
    ApplicationAdaptor,
    CommandAdaptor,
    Deadlines,
    ManagedProcess,
    OnLoss,
    Restart,
    SemanticVersion,
    temporary_directory,
)
from adaptor_runtime.rules import done, failure, progress, ready
from adaptor_runtime.testing import session
from small_shell import OBEY, shell_command

FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


class Command(ManagedProcess):
    """Runs the arguments in its run data."""

    def get_executable(self):
        return self.run_data["args"][0]

    def get_arguments(self):
        return self.run_data["args"][1:]


def command(*rules, **attributes):
    """Return a class of an adaptor whose ManagedProcess has these attributes."""
    process = type("Process", (Command,), attributes)
    return launched(rules=rules, get_managed_process=lambda _, data: process(data))


def launched(**attributes):
    """Return a class of an adaptor that launches the arguments in the run data, and has these attributes."""
    own = {
        "data_version": SemanticVersion(1, 0),
        "deadlines": Deadlines(run=60),
        "launch": lambda _, data: data["args"],
    }
    return type("CommandedAdaptor", (CommandAdaptor,), {**own, **attributes})


class ShellAdaptor(ApplicationAdaptor):
    """Keeps a shell: a task is a line for it, and the answer is what follows "answer: "."""

    data_version = SemanticVersion(1, 0)
    deadlines = Deadlines(start=30, run=60, stop=8)
    client_file = None
    rules = (failure(r"sh: .*not found", name="not-found"),)

    def launch(self):
        return shell_command(OBEY)

    def on_run(self, run_data):
        print("answered", self.application.ask(run_data["line"], "^answer: (.*)")[1])


def shell(**attributes):
    return type("ShellAdaptor", (ShellAdaptor,), attributes)


def answers(task):
    return [line[len("answered ") :] for line in task.lines if line.startswith("answered ")]


# A temporary directory.


@pytest.mark.posix("mktemp")
def test_the_temporary_files_of_an_application_go_away_with_the_session():
    with session(shell()) as one:
        (path,) = answers(one.run({"line": "echo answer: $(mktemp)"}))
        assert os.path.exists(path)
        assert os.path.dirname(path) == temporary_directory()
    assert not os.path.exists(os.path.dirname(path))


@pytest.mark.posix("mktemp")
@pytest.mark.parametrize("made", [command, launched])
def test_the_temporary_files_of_a_command_go_away_with_the_session(made):
    environment = {
        command: {"get_environment": lambda self: {**os.environ, "TMPDIR": temporary_directory()}},
        launched: {"environment": lambda self, run_data: {"TMPDIR": temporary_directory()}},
    }
    with session(made(**environment[made])) as one:
        lines = one.run({"args": ["mktemp"]}).lines
        (path,) = [line[len("STDOUT: ") :] for line in lines if line.startswith("STDOUT: ")]
        assert os.path.exists(path)
    assert not os.path.exists(os.path.dirname(path))


# Secrets in the command.


def test_a_secret_of_the_run_data_is_in_no_command_of_the_log():
    @attrs.define
    class RunData:
        password: str = attrs.field(metadata={"secret": True})

    class Process(ManagedProcess):
        def get_executable(self):
            return sys.executable

        def get_arguments(self):
            return ["-Sc", "raise SystemExit(3)", "login", f"--password={self.run_data.password}"]

    class LoginAdaptor(CommandAdaptor):
        data_version = SemanticVersion(1, 0)

        def get_managed_process(self, run_data):
            return Process(run_data)

    LoginAdaptor.RunData = RunData
    with session(LoginAdaptor) as one:
        failed = one.run({"password": "open sesame"}, check=False)
        assert failed.exit_code == 1
    (command_line,) = [line for line in one.lines if "Running command: " in line]
    assert "login" in command_line
    assert "--password=********" in command_line
    assert "sesame" not in one.text


# The signal that ends it.


@pytest.mark.posix("there, one event asks every application")
@pytest.mark.parametrize(("made", "signal"), [(command, "SIGINT"), (command, "SIGTERM"), (launched, "SIGINT")])
def test_ffmpeg_completes_its_file_after_its_signal(tmp_path, made, signal):
    film = str(tmp_path / "long.mp4")
    test_picture = ["-re", "-f", "lavfi", "-i", "testsrc=duration=3600:size=64x64:rate=25"]
    options = ["-hide_banner", "-nostdin", "-y", "-nostats", "-progress", "pipe:1", "-stats_period", "0.1"]
    with session(made(stop_signal=signal, stop_grace=20)) as one:
        one.begin_run({"args": [FFMPEG, *options, *test_picture, "-g", "1", film]})
        one.wait_for("out_time=00:00:00.")
        assert one.cancel().exit_code == 143
    assert f"sending {signal} to application" in one.text
    assert "sending SIGKILL" not in one.text
    played = subprocess.run([FFMPEG, "-v", "error", "-i", film, "-f", "null", "-"], capture_output=True, check=True)
    assert played.stderr == b""


# Standard input.


@pytest.mark.posix("bc and sort")
@pytest.mark.parametrize("made", [command, launched])
@pytest.mark.parametrize("kind", ["text", "bytes", "file"])
def test_bc_and_sort_read_what_they_are_given(tmp_path, kind, made):
    (tmp_path / "lines.txt").write_text("3\n1\n2\n")
    given = {"text": "3\n1\n2\n", "bytes": b"3\n1\n2\n", "file": tmp_path / "lines.txt"}[kind]
    stdin = {command: {"get_stdin": lambda self: given}, launched: {"stdin": lambda self, run_data: given}}
    with session(made(**stdin[made])) as one:
        assert [line for line in one.run({"args": ["sort"]}).lines if line.startswith("STDOUT")] == [
            "STDOUT: 1",
            "STDOUT: 2",
            "STDOUT: 3",
        ]
        if shutil.which("bc"):
            assert "STDOUT: 3" in one.run({"args": ["bc", "-q"]}).lines


# Output.


SAYS_TO_WHOM = [
    sys.executable,
    "-c",
    "import sys; print('terminal', sys.stdout.isatty(), flush=True); sys.stdin.read()",
]


@pytest.mark.posix("Windows has no pseudo terminal of this kind")
@pytest.mark.parametrize("terminal", [True, False])
@pytest.mark.parametrize("base", [CommandAdaptor, ApplicationAdaptor])
def test_what_launch_returns_gets_a_terminal_if_its_adaptor_says_so(base, terminal):
    members = {"launch": lambda self, *_: SAYS_TO_WHOM, "terminal": terminal, "rules": [ready("^terminal")]}
    if base is ApplicationAdaptor:
        members["on_run"] = lambda self, _: None
    adaptor = type("Terminal", (base,), {"data_version": SemanticVersion(1, 0), "__module__": __name__, **members})
    with session(adaptor) as one:
        one.run()
        assert f"STDOUT: terminal {terminal}" in one.lines


@pytest.mark.posix("tr and terminals")
@pytest.mark.parametrize("terminal", [True, False])
def test_tr_writes_line_by_line_to_a_terminal_only(tmp_path, terminal):
    (tmp_path / "lines").write_text("Frame 1\n")
    feeder = '(cat "$1"; read -r go < "$2"; echo last) | tr a-z A-Z'
    os.mkfifo(tmp_path / "go")
    with session(command(progress(r"^FRAME (\d+)"), terminal=terminal)) as one:
        task = one.begin_run({"args": ["sh", "-c", feeder, "sh", str(tmp_path / "lines"), str(tmp_path / "go")]})
        if terminal:
            one.wait_for("STDOUT: FRAME 1")  # while it still waits
        (tmp_path / "go").write_text("go\n")
        assert "STDOUT: LAST" in task.result().lines


@pytest.mark.posix("ls")
@pytest.mark.parametrize("made", [command, launched])
def test_ls_keeps_the_order_of_its_two_streams(tmp_path, made):
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "file").touch()
    script = 'for each in 1 2 3 4 5 6 7 8; do ls "$1/there"; ls "$1/missing"; done; exit 0'
    with session(made(merge_output=True)) as one:
        lines = one.run({"args": ["sh", "-c", script, "sh", str(tmp_path)]}).lines
    said = ["file" if line.endswith(": file") else "missing" for line in lines if line.startswith("STDOUT: ")]
    assert said == ["file", "missing"] * 8


def test_a_kept_application_keeps_the_order_of_its_two_streams():
    with session(shell(merge_output=True)) as one:
        says = "; ".join(f"echo out {each}; echo err {each} >&2" for each in range(1, 5))
        task = one.run({"line": f"{says}; echo answer: 0"})
    said = [line for line in task.lines if line.startswith(("STDOUT: ", "STDERR: "))]
    both = [f"STDOUT: {stream} {each}" for each in range(1, 5) for stream in ("out", "err")]
    assert said == [*both, "STDOUT: answer: 0"]


def test_the_progress_that_ffmpeg_writes_to_a_file_is_followed(tmp_path):
    log, film = str(tmp_path / "progress.log"), str(tmp_path / "film.mp4")
    rules = [progress(r"^frame=(\d+)"), done(r"^progress=end")]
    with session(command(*rules, get_status_file=lambda self: log)) as one:
        for _ in range(2):  # the second one writes the file anew
            picture = ["-f", "lavfi", "-i", "testsrc=duration=4:size=64x64:rate=25"]
            options = ["-hide_banner", "-loglevel", "error", "-nostdin", "-y", "-nostats", "-progress", log]
            task = one.run({"args": [FFMPEG, *options, *picture, film]})
            assert task.progress[-1] == 100
            assert "STDOUT: progress=end" in task.lines


@pytest.mark.posix("a shell that sends its output to a file")
def test_what_a_kept_application_writes_to_its_status_file_is_an_answer():
    class LoggingShellAdaptor(ShellAdaptor):
        rules = (ready("^loaded"), failure(r"^Error: (?P<message>.*)", name="error"))

        def launch(self):
            return ["sh", "-c", 'exec >> "$TMPDIR/shell.log"; echo loaded; exec sh']

        def status_file(self):
            return os.path.join(temporary_directory(), "shell.log")

    with session(LoggingShellAdaptor) as one:
        assert answers(one.run({"line": "echo answer: 42"})) == ["42"]
        assert "rule error: Error: disk full" in one.run({"line": "echo Error: disk full"}, check=False).message
        assert answers(one.run({"line": "echo answer: 43"})) == ["43"]


# Chunks and restarts.


def test_a_chunk_that_runs_again_does_what_is_missing(tmp_path):
    class ChunkAdaptor(ShellAdaptor):
        def on_run(self, run_data):
            for frame in self.each(run_data["frames"], skip_existing=lambda frame: tmp_path / str(frame)):
                self.application.ask(f"seq {frame} > {tmp_path}/{frame}; echo answer: {frame}", f"^answer: {frame}")

        def expected_outputs(self, run_data):
            return [tmp_path / str(frame) for frame in run_data["frames"]]

    with session(ChunkAdaptor) as one:
        one.run({"frames": [1, 2]})
        again = one.run({"frames": [1, 2, 3]})
        assert [line for line in again.lines if line.startswith("STDOUT: answer")] == ["STDOUT: answer: 3"]
        assert again.progress[-1] == 100


def test_a_shell_is_restarted_after_two_tasks():
    with session(shell(restart=Restart(after_tasks=2))) as one:
        pids = [answers(one.run({"line": "echo answer: $$"}))[0] for _ in range(4)]
        assert pids[0] == pids[1] != pids[2] == pids[3]


@pytest.mark.posix("a shell that kills itself")
def test_a_shell_is_restarted_after_a_loss():
    with session(shell(on_loss=OnLoss.RESTART, restart=Restart(attempts=1))) as one:
        lost = one.run({"line": "[ -e $TMPDIR/crashed ] && echo answer: $$ || { touch $TMPDIR/crashed; kill -9 $$; }"})
        assert len(answers(lost)) == 1
        assert "the task is run again" in lost.text
