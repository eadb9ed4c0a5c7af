"""How an application is ended, and what it was given and what of it is left."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from adaptor_runtime.ipc._processes.process_tree import KILL
from adaptor_runtime.testing import FakeApplication, session
from kept_application import Driven, Linked, calls, made
from patience import SECONDS


def test_the_client_is_asked_to_end():
    with session(Linked) as one:
        pass
    assert "STDOUT: asked to close" in one.lines
    assert "how='exited with 0' asked_by='the adaptor'" in one.text


def test_the_input_of_an_application_that_is_driven_by_lines_is_closed():
    fake = FakeApplication().answers("x", FakeApplication()).says("goodbye")
    with session(made(Driven, fake=fake)) as one:
        pass
    assert "STDOUT: goodbye" in one.lines


def test_an_application_that_fails_while_it_closes_by_itself_is_no_loss_but_nobody_asked_for_that():
    fake = FakeApplication().answers("x", FakeApplication()).exits(3)
    with session(made(Driven, fake=fake), deadlines={"stop": 4 * SECONDS}) as one:
        assert one.stop().exit_code == 0
    (line,) = [line for line in one.lines if "application ended" in line]
    assert line.startswith("WARNING")
    assert "how='exited with 3' asked_by=nobody" in line
    assert one.application == "closed"


@pytest.mark.parametrize("driven", [True, False])
def test_an_application_that_ignores_all_of_it_is_killed_within_the_deadline_of_the_stop(driven):
    deaf = FakeApplication().ignores("SIGTERM").says("ready").hangs()
    with session(made(Driven, fake=deaf) if driven else made(words=("deaf",)), deadlines={"stop": 15}) as one:
        assert one.stop().exit_code == 0  # otherwise on_stop does not end within its deadline
    assert f"sending {KILL} to application" in one.text
    assert one.application == "closed"


@pytest.mark.posix("there, one event asks every application")
def test_the_stop_signal_is_that_of_the_class():
    script = "import signal, sys, time; signal.signal(signal.SIGINT, lambda *_: sys.exit(7)); "
    script += "print('ready', flush=True); time.sleep(100)"
    adaptor = made(Driven, launch=lambda self: [sys.executable, "-S", "-c", script], stop_signal="SIGINT")
    with session(adaptor, deadlines={"stop": 15}) as one:
        one.wait_for("ready")
    assert "exited with 7" in one.text


def test_its_temporary_files_are_in_a_folder_that_goes_away_with_the_session():
    with session(Linked) as one:
        one.run(calls(("temporary", {"text": "x"}), ("variable", {"name": "TMPDIR"})))
        line = next(line for line in one.lines if line.startswith("results"))
        file, folder = eval(line.removeprefix("results "))
        assert Path(file).read_text() == "x"
        assert os.path.dirname(file) == folder
        if os.name == "posix":  # on Windows, tests/windows tests the access lists of private files
            assert os.stat(folder).st_mode & 0o077 == 0
    assert not os.path.exists(folder)


def test_environment_adds_variables_and_what_was_in_the_path_of_python_stays(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "/before")
    names = ("PYTHONPATH", "SCENE", "HOME")
    adaptor = made(environment=lambda self: {"SCENE": "a"})
    with session(adaptor) as one:
        one.run(calls(*(("variable", {"name": name}) for name in names)))
        path, scene, home = eval(next(line for line in one.lines if line.startswith("results"))[8:])
    client, *rest = path.split(os.pathsep)
    assert client.endswith("client")
    assert rest == ["/before"]
    assert (scene, home) == ("a", os.environ["HOME"])


def test_the_client_is_found_whatever_environment_says_about_the_path_of_python():
    adaptor = made(environment=lambda self: {"PYTHONPATH": "/studio/python", "TMPDIR": "/tmp"})
    with session(adaptor) as one:
        one.run(calls(("variable", {"name": "PYTHONPATH"}), ("variable", {"name": "TMPDIR"})))
        path, temporary = eval(next(line for line in one.lines if line.startswith("results"))[8:])
    assert path.endswith(f"client{os.pathsep}/studio/python")
    assert temporary == "/tmp"


def test_an_environment_that_is_none_is_rejected():
    with session(made(environment=lambda self: None), check=False) as one:
        assert "environment returned None; write a dictionary of variables" in one.outcome.message
