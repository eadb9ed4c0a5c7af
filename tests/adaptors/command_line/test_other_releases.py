"""Daemon and command may be of different releases, when there was an upgrade in between."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import adaptor_runtime
import adaptor_runtime_client
import pytest

# In one worker, which then builds the other releases once.
pytestmark = [pytest.mark.faults("The view"), pytest.mark.xdist_group("other releases")]

ROOT = Path(__file__).parents[3]
FIRST_RELEASE = "4d8bdea47232190835667ba2b8369c1b19420804"
LINES = "\n".join(f"line {number}" for number in range(2_000))


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """A folder with the first release in it, installed from the wheel that is built of it."""
    folder = tmp_path_factory.mktemp("first")
    sources, installed = folder / "sources", folder / "installed"
    sources.mkdir()
    try:
        archive = subprocess.run(["git", "archive", FIRST_RELEASE], cwd=ROOT, check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the history of the repository is not here")
    subprocess.run(["tar", "-x", "-C", str(sources)], input=archive, check=True)
    python = [sys.executable, "-m"]
    build = [*python, "build", "--no-isolation", "--wheel", "--outdir", str(folder / "dist"), str(sources)]
    subprocess.run(build, check=True, capture_output=True)
    wheel = next((folder / "dist").iterdir())
    options = ["--quiet", "--disable-pip-version-check", "--no-index", "--no-deps", "--target", str(installed)]
    subprocess.run([*python, "pip", "install", *options, str(wheel)], check=True, capture_output=True)
    return installed


@pytest.fixture(scope="module")
def newer(tmp_path_factory):
    """A folder with a release to come in it: another protocol, log records of another shape, an unknown message."""
    folder = tmp_path_factory.mktemp("newer")
    _copy_package(Path(adaptor_runtime.__path__[0]), folder / "adaptor_runtime")
    for name in ("statemachine", "ipc", "adaptors"):
        package = __import__(f"adaptor_runtime.{name}", fromlist=["_"])
        _copy_package(Path(package.__path__[0]), folder / "adaptor_runtime" / name)
    _copy_package(Path(adaptor_runtime_client.__path__[0]), folder / "adaptor_runtime_client")
    messages = folder / "adaptor_runtime_client" / "_messages.py"
    text = messages.read_text(encoding="utf-8")
    for former, latter in CHANGES:
        assert former in text
        text = text.replace(former, latter)
    messages.write_text(text, encoding="utf-8")
    version = folder / "adaptor_runtime_client" / "_version.py"
    version.write_text('__version__ = "9.0.0"\nversion = __version__\n', encoding="utf-8")
    return folder


FIELDS = "    fields.update(zip(message._fields, message))\n"
CHANGES = [
    ("PROTOCOL = 1\n", "PROTOCOL = 2\n"),
    ("class Log(NamedTuple):", "class News(NamedTuple):\n    subject: str\n\n\nclass Log(NamedTuple):"),
    (
        FIELDS,
        FIELDS
        + """\
    if fields["kind"] == "log":
        fields["fields"] = [fields["fields"]]
    elif fields["kind"] == "progress":
        fields["kind"] = "news"
    fields["a field that is new"] = 1
""",
    ),
]


def _copy_package(source, target):
    shutil.copytree(source, target, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))


def of(release, command_line):
    """Return the environment in which a command is of a release."""
    return {"PYTHONPATH": os.pathsep.join([str(release), command_line.environment["PYTHONPATH"]])}


def lines(finished):
    return sum(line.startswith("line ") for line in finished.lines)


FAILS = {"say": LINES, "raise": "ValueError('no camera')"}


@pytest.mark.parametrize(("on_stop", "exit_code"), [({"say": LINES}, 0), (FAILS, 1)], ids=["succeeds", "fails"])
@pytest.mark.parametrize("older", ["command", "daemon"])
def test_a_session_survives_an_upgrade_and_a_downgrade(command_line, first, older, on_stop, exit_code):
    daemon, command = ({}, of(first, command_line)) if older == "command" else (of(first, command_line), {})
    assert command_line.start({"on_stop": on_stop}, **daemon).exit_code == 0
    task = command_line.task({"on_run": {"say": LINES, "progress": 50}}, **command)
    assert task.exit_code == 0
    assert lines(task) == 2_000
    assert "openjd_progress: 50" in task.lines
    assert command_line.task({"on_run": FAILS}, **command).exit_code == 1
    stopped = command_line.stop(**command)
    assert stopped.exit_code == exit_code
    assert lines(stopped) == 2_000
    assert not command_line.connection_file.exists()


def test_a_failed_start_of_this_release_is_understood_by_the_first(command_line, first):
    assert command_line.start({"on_start": FAILS}).exit_code == 1
    stopped = command_line.stop(**of(first, command_line))
    assert stopped.exit_code == 0
    assert stopped.count("no camera") == 1


@pytest.mark.parametrize(("on_stop", "exit_code"), [({"say": LINES}, 0), (FAILS, 1)], ids=["succeeds", "fails"])
def test_a_daemon_of_a_newer_release_is_stopped_with_its_own_outcome(command_line, newer, on_stop, exit_code):
    steps = {**on_stop, "log": "a record that has another shape", "progress": 7}
    assert command_line.start({"on_stop": steps}, **of(newer, command_line)).exit_code == 0
    task = command_line.task()
    assert task.exit_code == 2
    assert "9.0.0 (protocol 2)" in task.failures[0]
    stopped = command_line.stop()
    assert stopped.exit_code == exit_code
    assert lines(stopped) == 2_000
    assert stopped.count("cannot show a part of the output") == 1
    assert command_line.calls == ["constructor", "on_start", "on_stop", "on_cleanup"]


def test_a_task_in_a_daemon_of_a_newer_release_can_be_canceled(command_line, newer):
    assert command_line.start(**of(newer, command_line)).exit_code == 0
    task = command_line.begin_task({"on_run": {"wait_for_cancel": "rendering"}}, **of(newer, command_line))
    task.wait_for("rendering")
    stopped = command_line.stop()
    assert stopped.exit_code == 0
    assert task.finish().exit_code == 143
    assert "on_cancel" in command_line.calls
