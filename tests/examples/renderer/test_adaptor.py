from __future__ import annotations

import json
import os

import psutil
import pytest
from adaptor_runtime.examples.renderer.adaptor import RendererAdaptor
from process_signal import INTERRUPT, TERMINATE, send_signal

RENDERER = "adaptor_runtime.examples.renderer"


@pytest.fixture
def init_data(quick_scene, tmp_path):
    return {"scene_file": str(quick_scene), "output_directory": str(tmp_path / "out")}


@pytest.fixture
def session(adaptor_session, init_data):
    return adaptor_session(RendererAdaptor, init_data=init_data)


def test_one_task_may_have_several_frames(commands, init_data, messages, tmp_path, read_png):
    done = commands.run(RENDERER, "run", "--init-data", json.dumps(init_data), "--run-data", 'frames: "1-5:2"')
    assert done.returncode == 0, done.stdout
    pictures = sorted((tmp_path / "out").iterdir())
    assert [picture.name for picture in pictures] == ["frame_0001.png", "frame_0003.png", "frame_0005.png"]
    assert {read_png(picture)[:2] for picture in pictures} == {(64, 36)}
    status = messages("status", done.stdout)
    assert status == ["loading the scene", *(f"rendering frame {frame}" for frame in (1, 3, 5))]
    assert commands.left() == []


def test_the_progress_of_a_task_only_ever_grows(session):
    progress = session.run({"frames": "1-3"}).progress
    assert len(progress) >= 9
    assert all(before < after for before, after in zip(progress, progress[1:]))
    assert progress[-1] == 100


def test_a_frame_that_cannot_be_saved_fails_its_own_task_only(session, tmp_path):
    for frame in (1, 2):
        (tmp_path / "out" / f"frame_000{frame}.png").mkdir()
    for frame in (1, 2):
        failed = session.run({"frames": frame}, check=False)
        assert failed.exit_code == 1
        assert f"frame {frame} cannot be saved" in failed.message
    session.run({"frames": 3})


def test_run_data_that_names_no_frames_fails_the_task(session):
    failed = session.run({"frames": "all of them"}, check=False)
    assert failed.exit_code == 1
    assert "the frames 'all of them' are no range" in failed.message


def test_the_death_of_the_renderer_ends_the_session_and_is_named(daemon_session, init_data):
    session = daemon_session(RendererAdaptor, program=RENDERER, init_data=init_data)
    (renderer,) = session.application_pids
    psutil.Process(renderer).kill()
    failed = session.run({"frames": 1}, check=False)
    assert failed.exit_code in {1, 3}  # the task may have begun before the death was seen
    assert ("SIGKILL" if os.name == "posix" else "exited with ") in failed.message
    session.stop()
    assert session.state == "cleaned"


def test_a_bad_scene_is_the_reason_of_the_failure(adaptor_session, init_data, quick_scene):
    quick_scene.write_text("{", encoding="utf-8")
    failed = adaptor_session(RendererAdaptor, init_data=init_data, check=False).outcome
    assert failed.exit_code == 1
    assert "cannot be read: Expecting property name" in failed.message


@pytest.mark.parametrize("number", [TERMINATE, INTERRUPT])
@pytest.mark.parametrize("moment", ["loading the scene", "rendering frame 4"])
def test_a_signal_cancels_the_work_and_leaves_nothing(commands, tmp_path, messages, number, moment):
    init_data = json.dumps({"output_directory": str(tmp_path / "out")})
    running = commands.start(RENDERER, "run", "--init-data", init_data, "--run-data", "frames: 4-99")
    running.wait_for(moment)
    send_signal(running.process, number)
    canceled = running.wait()
    assert canceled.returncode == 128 + number
    assert messages("fail", canceled.stdout) == []
    assert "Traceback" not in canceled.stdout
    assert commands.left() == []


def test_a_canceled_task_ends_the_session_in_order(daemon_session, init_data):
    session = daemon_session(RendererAdaptor, program=RENDERER, init_data=init_data)
    session.begin_run({"frames": "1-9999"})
    session.wait_for("rendering frame 2")
    assert session.cancel().exit_code == 143
    assert session.run({"frames": 1}, check=False).exit_code == 3
    session.stop()
    assert session.transitions[-2:] == ["stop: canceled -> stopped", "cleanup: stopped -> cleaned"]


def test_it_states_the_version_of_its_data(commands):
    stated = commands.run(RENDERER, "version-info")
    assert f"RendererAdaptor Data Interface Version: '{RendererAdaptor({}).integration_data_interface_version}'" in (
        stated.stdout.split("\n")
    )
