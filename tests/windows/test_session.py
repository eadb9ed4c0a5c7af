"""A session of the renderer example, as a scheduler runs it, on an installed wheel with pip's console script."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import time

import psutil
import pytest

pytestmark = [
    pytest.mark.windows("tests/examples/renderer does this on POSIX"),
    pytest.mark.timeout(600),
]

MODULE = [sys.executable, "-m", "adaptor_runtime.examples.renderer"]
CONSOLE_SCRIPT = [
    os.path.join(sysconfig.get_path("scripts"), "adaptor-runtime.exe"),
    *("--adaptor", "adaptor_runtime.examples.renderer.adaptor:RendererAdaptor"),
]
SCENE = {
    "size": [16, 9],
    "sun": [0.5, 0.7, 0.3],
    "samples": 1,
    "spheres": [{"center": [0.0, 1.0, 0.0], "radius": 1.0, "color": [0.9, 0.2, 0.2]}],
}
BUSY = """
import sys
from adaptor_runtime import EntryPoint
from adaptor_runtime.examples.renderer.adaptor import RendererAdaptor

APPLICATION = "print('Scene loaded', flush=True); input(); print('Frame 1: 10%', flush=True); input()"


class BusyAdaptor(RendererAdaptor):
    def launch(self):
        return [sys.executable, "-c", APPLICATION, "application.py"]


if __name__ == "__main__":
    EntryPoint(BusyAdaptor).start()
"""


class Session:
    def __init__(self, program, directory):
        self.program = program
        self.directory = directory
        self.connection_file = directory / "connection.json"
        scene = directory / "scene.json"
        scene.write_text(json.dumps(SCENE))
        self.init_data = json.dumps({"output_directory": str(directory / "out"), "scene_file": str(scene)})

    def begin(self, *words):
        command = [*self.program, *map(str, words)]
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, cwd=self.directory
        )

    def run(self, *words):
        with self.begin(*words) as process:
            output = process.stdout.read().decode().replace("\r\n", "\n")
        assert "Traceback" not in output, output
        return process.returncode, output

    def daemon(self, verb, *words):
        return self.run("daemon", verb, "--connection-file", self.connection_file, *words)

    def start(self):
        code, output = self.daemon("start", "--init-data", self.init_data)
        assert code == 0, output
        assert re.search("^openjd_env: OPENJD_ADAPTOR_SOCKET=", output, re.MULTILINE), output
        return json.loads(self.connection_file.read_text())

    def task(self, frame):
        code, output = self.daemon("run", "--run-data", json.dumps({"frames": frame}))
        assert code == 0, output
        assert "openjd_progress: 100" in output


@pytest.fixture(params=[MODULE, CONSOLE_SCRIPT], ids=["module", "console-script"])
def session(request, tmp_path, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    for name in ("TEMP", "TMP"):
        monkeypatch.setenv(name, str(temporary))
    yield Session(request.param, tmp_path)
    assert list(temporary.iterdir()) == []


def renderers(directory):
    """List the applications that render into the directory, or load the scene of the example for it."""
    found = []
    for process in psutil.process_iter():
        try:
            found += [process.pid] * (
                any("application.py" in word for word in process.cmdline())
                and process.environ().get("TEMP", "").startswith(str(directory))
            )
        except psutil.Error:
            continue
    return found


def wait_no_renderer(directory):
    deadline = time.monotonic() + 60
    while renderers(directory) and time.monotonic() < deadline:
        time.sleep(0.1)  # of another process: nothing here can wait for it
    return renderers(directory)


def test_a_daemon_renders_three_frames_and_leaves_nothing(session, tmp_path):
    connection = session.start()
    assert renderers(tmp_path)
    for frame in (1, 2, 3):
        session.task(frame)
    code, output = session.daemon("status", "--format", "json")
    assert (code, json.loads(output)["state"]) == (0, "started")
    code, output = session.daemon("stop")
    assert code == 0, output
    assert not psutil.pid_exists(connection["pid"])
    assert not renderers(tmp_path)
    assert not session.connection_file.exists()
    names = sorted(os.listdir(tmp_path / "out"))
    assert names == ["frame_0001.png", "frame_0002.png", "frame_0003.png"]


def test_of_two_daemons_that_are_started_at_once_with_one_connection_file_one_starts(session, tmp_path):
    words = ("daemon", "start", "--connection-file", session.connection_file, "--init-data", session.init_data)
    starts = [session.begin(*words) for _ in range(2)]
    outputs = [start.communicate(timeout=300)[0].decode() for start in starts]
    codes = [start.returncode for start in starts]
    assert sorted(codes) == [0, 3], outputs
    assert "is alive" in outputs[codes.index(3)] or "is starting" in outputs[codes.index(3)]
    session.task(1)
    code, output = session.daemon("stop")
    assert code == 0, output
    assert not wait_no_renderer(tmp_path)


def test_run_renders_a_frame_and_leaves_nothing(session, tmp_path):
    code, output = session.run("run", "--init-data", session.init_data, "--run-data", '{"frames": 1}')
    assert code == 0, output
    assert not renderers(tmp_path)
    assert os.listdir(tmp_path / "out") == ["frame_0001.png"]


def run_and_cancel(session, run_data):
    """Run a task, and cancel it as soon as it reports progress."""
    with session.begin("daemon", "run", "--connection-file", session.connection_file, "--run-data", run_data) as task:
        while b"openjd_progress" not in task.stdout.readline():
            assert task.poll() is None
        code, output = session.daemon("cancel")
        assert code == 0, output
        task.stdout.read()
    assert task.returncode == 143


def test_daemon_cancel_ends_the_task_and_a_stop_the_application(session, tmp_path):
    """It is busy or idle at that moment, as it happens: between two frames, a cancel leaves it to the stop."""
    session.start()
    run_and_cancel(session, '{"frames": "1-100000"}')
    code, output = session.daemon("stop")
    assert code == 0, output
    assert not renderers(tmp_path)


@pytest.mark.parametrize("session", [MODULE], ids=["module"], indirect=True)
def test_daemon_cancel_ends_an_application_that_is_busy(session, tmp_path):
    program = tmp_path / "busy.py"
    program.write_text(BUSY)
    session.program = [sys.executable, program]
    session.start()
    assert renderers(tmp_path)
    run_and_cancel(session, '{"frames": 1}')
    assert not wait_no_renderer(tmp_path)
    code, output = session.daemon("stop")
    assert code == 0, output


def test_the_application_of_a_killed_daemon_ends_with_it(session, tmp_path):
    connection = session.start()
    psutil.Process(connection["pid"]).kill()
    assert not wait_no_renderer(tmp_path)
    code, output = session.daemon("run", "--run-data", '{"frames": 1}')
    assert code == 4, output
    code, output = session.daemon("stop")
    assert code == 0, output
