from __future__ import annotations

import json
import signal

import pytest
from adaptor_runtime.examples.renderer.adaptor import RendererAdaptor

RENDERER = "adaptor_runtime.examples.renderer"


@pytest.fixture
def init_data(quick_scene, tmp_path):
    return json.dumps({"scene_file": str(quick_scene), "output_directory": str(tmp_path / "out")})


class Session:
    """A daemon that has the renderer loaded."""

    def __init__(self, commands, init_data):
        self._commands = commands
        self._start = ("daemon", "start", "--connection-file", "connection.json", "--init-data", init_data)

    def start(self):
        return self._commands.run(RENDERER, *self._start)

    def run(self, frames):
        run_data = json.dumps({"frames": frames})
        return self._commands.run(
            RENDERER, "daemon", "run", "--connection-file", "connection.json", "--run-data", run_data
        )

    def stop(self):
        return self._commands.run(RENDERER, "daemon", "stop", "--connection-file", "connection.json")


@pytest.fixture
def session(commands, init_data):
    session = Session(commands, init_data)
    started = session.start()
    assert started.returncode == 0, started.stdout
    return session


def test_one_task_may_have_several_frames(commands, init_data, messages, tmp_path, read_png):
    done = commands.run(RENDERER, "run", "--init-data", init_data, "--run-data", 'frames: "1-5:2"')
    assert done.returncode == 0, done.stdout
    pictures = sorted((tmp_path / "out").iterdir())
    assert [picture.name for picture in pictures] == ["frame_0001.png", "frame_0003.png", "frame_0005.png"]
    assert {read_png(picture)[:2] for picture in pictures} == {(64, 36)}
    status = messages("status", done.stdout)
    assert status == ["loading the scene", *(f"rendering frame {frame}" for frame in (1, 3, 5))]
    assert commands.left() == []


def test_the_progress_of_a_task_only_ever_grows(session, messages):
    progress = [float(value) for value in messages("progress", session.run("1-3").stdout)]
    assert len(progress) >= 9
    assert all(before < after for before, after in zip(progress, progress[1:]))
    assert progress[-1] == 100
    session.stop()


def test_a_frame_that_cannot_be_saved_fails_its_own_task_only(session, messages, tmp_path, commands):
    for frame in (1, 2):
        (tmp_path / "out" / f"frame_000{frame}.png").mkdir()
    for frame in (1, 2):
        failed = session.run(frame)
        assert failed.returncode == 1
        (reason,) = messages("fail", failed.stdout)
        assert f"frame {frame} cannot be saved" in reason
    assert session.run(3).returncode == 0
    assert session.stop().returncode == 0
    assert commands.left() == []


def test_run_data_that_names_no_frames_fails_the_task(session, messages):
    failed = session.run("all of them")
    assert failed.returncode == 1
    (reason,) = messages("fail", failed.stdout)
    assert "the frames 'all of them' are no range" in reason
    session.stop()


def test_the_death_of_the_renderer_ends_the_session_and_is_named(session, commands, messages):
    (renderer,) = [process for process in commands.processes() if process.cmdline()[1].endswith("application.py")]
    renderer.kill()
    failed = session.run(1)
    assert failed.returncode in {1, 3}  # the task may have begun before the death was seen
    (reason,) = messages("fail", failed.stdout)
    assert "SIGKILL" in reason
    stopped = session.stop()
    assert stopped.returncode == 0, stopped.stdout
    assert commands.left() == []


def test_a_bad_scene_is_the_reason_of_the_failure(commands, init_data, quick_scene, messages):
    quick_scene.write_text("{", encoding="utf-8")
    failed = commands.run(RENDERER, "run", "--init-data", init_data, "--run-data", "frames: 1")
    assert failed.returncode == 1
    (reason,) = messages("fail", failed.stdout)
    assert "cannot be read: Expecting property name" in reason
    assert commands.left() == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("moment", ["loading the scene", "rendering frame 4"])
def test_a_signal_cancels_the_work_and_leaves_nothing(commands, tmp_path, messages, number, code, moment):
    init_data = json.dumps({"output_directory": str(tmp_path / "out")})
    running = commands.start(RENDERER, "run", "--init-data", init_data, "--run-data", "frames: 4-99")
    running.wait_for(moment)
    running.process.send_signal(number)
    canceled = running.wait()
    assert canceled.returncode == code
    assert messages("fail", canceled.stdout) == []
    assert "Traceback" not in canceled.stdout
    assert commands.left() == []


def test_a_canceled_task_ends_the_session_in_order(session, commands, transitions):
    running = commands.start(
        RENDERER, "daemon", "run", "--connection-file", "connection.json", "--run-data", "frames: 1-9999"
    )
    running.wait_for("rendering frame 2")
    running.process.terminate()
    assert running.wait().returncode == 143
    assert session.run(1).returncode == 3
    stopped = session.stop()
    assert stopped.returncode == 0, stopped.stdout
    assert [move for move, _ in transitions(stopped.stdout)] == [
        "stop: canceled -> stopped",
        "cleanup: stopped -> cleaned",
    ]
    assert commands.left() == []


def test_it_states_the_version_of_its_data(commands):
    stated = commands.run(RENDERER, "version-info")
    assert f"RendererAdaptor Data Interface Version: '{RendererAdaptor({}).integration_data_interface_version}'" in (
        stated.stdout.split("\n")
    )
