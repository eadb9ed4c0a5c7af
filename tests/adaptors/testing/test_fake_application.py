"""Fake applications: real processes that play a script."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading

import psutil
import pytest
from adaptor_runtime import ActionsQueue, AdaptorServer, LoggingSubprocess
from adaptor_runtime.ipc import ActionFailedError
from adaptor_runtime.testing import FakeApplication, session
from adaptor_runtime_client import Action
from kept_application import calls, made
from patience import SECONDS
from program_ends import SAYS_KILLED


def played(fake, *arguments, stdin=""):
    command = [*fake.command, *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False, timeout=SECONDS)


def test_it_prints_lines_and_progress_and_exits_with_a_code():
    fake = FakeApplication().says("Fra:1", "Fra:2").says_error("careful").progresses("{percent}% {x}", count=3)
    done = played(fake.waits(0.01).exits(3))
    assert done.stdout == "Fra:1\nFra:2\n33.33% {x}\n66.67% {x}\n100% {x}\n"
    assert (done.returncode, done.stderr) == (3, "careful\n")


def test_it_prints_unfinished_lines_bytes_and_other_encodings():
    fake = FakeApplication().writes("Password: ").writes(b"\xff\0").encodes("utf-16-le").says("é")
    done = subprocess.run(fake.command, capture_output=True, check=True, timeout=SECONDS)
    assert done.stdout == b"Password: \xff\0" + "é\n".encode("utf-16-le")


def test_it_goes_on_when_its_output_is_closed(tmp_path):
    fake = FakeApplication().says("last").closes_output().closes_output("stderr").writes_file(tmp_path / "a" / "b", "x")
    done = played(fake)
    assert (done.returncode, done.stdout) == (0, "last\n")
    assert (tmp_path / "a" / "b").read_text() == "x"


@pytest.mark.parametrize(("name", "code"), [("SIGSEGV", 0xC0000005), ("SIGKILL", 1), ("SIGABRT", 3)])
def test_it_crashes_by_a_signal(name, code):
    done = played(FakeApplication().says("about to crash").crashes(name))
    assert done.returncode == (-getattr(signal, name) if os.name == "posix" else code)
    assert done.stdout == "about to crash\n"


@pytest.mark.not_wine("GenerateConsoleCtrlEvent fails, so no application can be asked to end")
def test_it_ignores_a_signal_and_a_kill_ends_it_with_its_children():
    fake = FakeApplication().ignores().spawns(FakeApplication().says("child").hangs()).says("ready").hangs()
    lines = []
    process = LoggingSubprocess(args=fake.command, emit_output=lambda _, block: lines.append(block))
    while not {b"child\n", b"ready\n"} <= {line + b"\n" for line in b"".join(lines).split(b"\n")}:
        assert process.is_running
    (child,) = psutil.Process(process.pid).children()
    process.terminate(grace_time_s=1)
    assert process.exit_description == SAYS_KILLED
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_it_leaves_its_work_to_another_process_as_a_launcher_does():
    lines = []
    fake = FakeApplication().says("launching").daemonizes().says("working {arg1}").exits(7)
    with LoggingSubprocess(args=[*fake.command, "x"], emit_output=lambda _, block: lines.append(block)) as process:
        pass
    assert b"".join(lines) == b"launching\nworking x\n"
    assert process.returncode == 0  # that of the launcher


def test_it_waits_for_the_test_and_takes_memory(tmp_path):
    fake = FakeApplication().fills_memory(30).says("full").waits_for(tmp_path / "go").says("gone")
    process = subprocess.Popen(fake.command, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "full\n"
    assert psutil.Process(process.pid).memory_info().rss > 30 * 1024 * 1024
    (tmp_path / "go").touch()
    assert process.communicate(timeout=SECONDS)[0] == "gone\n"


def test_it_buffers_output_until_the_end(tmp_path):
    fake = FakeApplication().buffers_output().says("late").says_error("first").waits_for(tmp_path / "go")
    process = subprocess.Popen(fake.command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    (tmp_path / "go").touch()
    assert process.communicate(timeout=SECONDS)[0] == "late\nfirst\n"


def test_it_answers_lines_until_the_input_ends():
    fake = (
        FakeApplication()
        .says("ready")
        .answers(r"look (\d+)", FakeApplication().says("found {1}"), prompt="> ")
        .answers("say (?P<word>.*)", FakeApplication().says("{word}", "{other}"))
        .answers("quit", FakeApplication().exits(4))
        .says("Bye")
    )
    done = played(fake, stdin="look 3\nsay a {b} c\ndance\n")
    assert done.stdout.split("\n") == [
        "ready",
        "> found 3",
        "> a {b} c",
        "{other}",
        "> Error: unknown command: dance",
        "> Bye",
        "",
    ]
    assert played(fake, stdin="quit\nlook 3\n").returncode == 4
    assert played(FakeApplication().reads().says("read"), stdin="a\nb\n").stdout == "read\n"


def test_it_reacts_to_its_arguments(tmp_path):
    fake = (
        FakeApplication()
        .when_given("--version", FakeApplication().says("Blender 4.2").exits())
        .requires("--scene", count=2)
        .says("{arg1} {arg-1} {--output} {arg9}")
        .writes_file("{--output}", "a picture of {--scene}")
    )
    assert played(fake, "--version").stdout == "Blender 4.2\n"
    missing = played(fake)
    assert missing.returncode == 2
    assert missing.stderr == "error: the following arguments are required: --scene, 2 arguments, not 0\n"
    output = tmp_path / "picture.png"
    assert played(fake, "--scene=a.blend", "--output", output).stdout == f"--scene=a.blend {output} {output} {{arg9}}\n"
    assert output.read_text() == "a picture of a.blend"


def test_it_performs_the_actions_of_an_adaptor():
    class Mapper:
        path_mapping_rules = ()

    actions = ActionsQueue()
    server = AdaptorServer(actions, Mapper())
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    fake = FakeApplication().serves(
        render=FakeApplication().says("rendering {frame}").returns({"saved": 1}),
        fail=FakeApplication().raises("no frame {frame}"),
        close=FakeApplication().says("closing"),
    )
    lines = []
    args = [*fake.command, server.server_path]
    with LoggingSubprocess(args=args, emit_output=lambda _, block: lines.append(block)):
        assert actions.enqueue_action(Action("render", {"frame": 3})).result(SECONDS) == {"saved": 1}
        with pytest.raises(ActionFailedError, match="no frame 4"):
            actions.enqueue_action(Action("fail", {"frame": 4})).result(SECONDS)
        actions.enqueue_action(Action("close"))
    server.shutdown()
    thread.join(SECONDS)
    text = b"".join(lines).decode()
    assert "rendering 3\n" in text
    assert text.endswith("closing\n")


def test_without_the_address_of_an_adaptor_it_says_so():
    done = played(FakeApplication().serves())
    assert (done.returncode, done.stderr) == (
        2,
        ("error: the address of the adaptor is missing: ADAPTOR_RUNTIME_SERVER is not set, and there is no {arg-1}\n"),
    )
    done = played(FakeApplication().serves("{--server}"))
    assert done.stderr == "error: the address of the adaptor is missing: there is no {--server}\n"


def test_it_stands_in_for_the_application_and_the_client_of_an_adaptor():
    fake = FakeApplication().serves(render=FakeApplication().says("rendering {frame}").returns("saved"))
    with session(made(launch=lambda self: [*fake.command, "a.scene"])) as one:
        assert one.application_path == ["loading", "ready"]
        assert "results ['saved']" in one.run(calls(("render", {"frame": 3}))).lines


def test_it_is_an_executable_that_changes_with_its_script(tmp_path):
    fake = FakeApplication().install(tmp_path / "a folder", "blender").says("{arg1} {arg2}")
    fake.says("more")
    done = subprocess.run([fake.path, "a b", '"$HOME"'], capture_output=True, text=True, check=True, timeout=SECONDS)
    assert done.stdout == 'a b "$HOME"\nmore\n'
    with pytest.raises(ValueError, match="is not installed"):
        FakeApplication().path  # noqa: B018  it raises


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "usage: fake_application.py SCRIPT"),
        (["/no/such/file"], "the script cannot be read"),
        (["[1]"], "the script is not a list of mappings"),
        (['[{"dance": 1}]'], "the script has an unknown step: dance"),
    ],
)
def test_a_script_that_is_malformed_is_a_usage_error(arguments, message):
    command = [sys.executable, "-m", "adaptor_runtime.testing.fake_application", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 2
    assert re.fullmatch(f"error: {message}.*\n", done.stderr)


def test_its_repr_is_its_script():
    fake = FakeApplication().says("a").exits()
    assert repr(fake) == f"<FakeApplication {json.dumps([{'say': 'a'}, {'exit': 0}])}>"
