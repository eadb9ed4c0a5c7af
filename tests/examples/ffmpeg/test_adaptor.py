from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess

import imageio_ffmpeg
import pytest
from adaptor_runtime.examples.ffmpeg.adaptor import FfmpegAdaptor
from process_signal import send_signal

FFMPEG = "adaptor_runtime.examples.ffmpeg"
EXECUTABLE = imageio_ffmpeg.get_ffmpeg_exe()


@pytest.fixture
def encode(commands):
    def encode(run_data, init_data=None):
        init_data = {"ffmpeg": EXECUTABLE} if init_data is None else init_data
        return commands.start(FFMPEG, "run", "--init-data", json.dumps(init_data), "--run-data", json.dumps(run_data))

    return encode


@pytest.fixture
def probe():
    """What ffmpeg says of a file, which it decodes from beginning to end."""

    def probe(path):
        command = [EXECUTABLE, "-hide_banner", "-nostdin", "-v", "info", "-xerror", "-i", str(path), "-f", "null", "-"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stderr

    return probe


def test_a_test_picture_is_encoded_into_a_video_that_plays(encode, probe, commands, messages, tmp_path):
    done = encode({"output": "test.mp4", "seconds": 6, "size": "640x360"}).wait()
    assert done.returncode == 0, done.stdout
    progress = [float(value) for value in messages("progress", done.stdout)]
    assert progress[0] == 0
    assert progress[-1] == 100
    assert progress == sorted(progress)
    assert any(0 < value < 100 for value in progress)
    assert messages("status", done.stdout) == ["encoding", "encoded"]
    said = probe(tmp_path / "test.mp4")
    assert "Duration: 00:00:06.00" in said
    assert "640x360" in said
    assert commands.left() == []


def test_a_file_is_encoded_with_the_progress_of_its_own_duration(encode, probe, messages, tmp_path):
    assert encode({"output": "first.mp4", "seconds": 4}).wait().returncode == 0
    done = encode({"input": "first.mp4", "output": "second.avi", "codec": "mjpeg"}).wait()
    assert done.returncode == 0, done.stdout
    progress = [float(value) for value in messages("progress", done.stdout)]
    assert progress == sorted(progress)
    assert progress[-1] == 100
    assert "mjpeg" in probe(tmp_path / "second.avi")


def test_a_failure_is_reported_once_with_the_exit_code_and_the_reason(encode, commands, messages):
    failed = encode({"output": "test.mp4", "codec": "no_such_codec"}).wait()
    assert failed.returncode == 1
    (reason,) = messages("fail", failed.stdout)
    assert f"{EXECUTABLE} exited with " in reason
    assert int(re.search(r"exited with (\d+)", reason)[1]) > 0
    assert "ncoder" in reason  # ffmpeg's own last line
    assert "Traceback" not in failed.stdout
    assert commands.left() == []


def test_an_executable_that_is_missing_fails_the_task_and_is_named(adaptor_session):
    session = adaptor_session(FfmpegAdaptor, init_data={"ffmpeg": "no-such-ffmpeg"})
    failed = session.run({"output": "test.mp4"}, check=False)
    assert failed.exit_code == 1
    assert "no-such-ffmpeg" in failed.message


def test_the_progress_is_that_of_the_longest_input(adaptor_session, fake_application):
    fake = fake_application("ffmpeg")
    fake.requires("-i").says_error("  Duration: 00:00:10.00, start: 0", "  Duration: 00:00:40.00, start: 0")
    fake.waits(2).says("out_time=00:00:10.00", "progress=continue", "out_time=00:00:40.00")
    session = adaptor_session(FfmpegAdaptor, init_data={"ffmpeg": str(fake.path)})
    assert session.run({"input": "a.mp4", "output": "b.mp4"}).progress == [0, 25, 100]


@pytest.mark.parametrize(("off", "code"), [([], 1), (["damaged"], 0)])
def test_a_damaged_input_fails_the_task_unless_the_job_allows_it(adaptor_session, fake_application, off, code):
    fake_application("ffmpeg").says_error("a.ts: corrupt decoded frame in stream 0").exits(0)
    task = adaptor_session(FfmpegAdaptor, init_data={"rules_off": off}).run(
        {"input": "a.ts", "output": "b.mp4"}, check=False
    )
    assert task.exit_code == code
    assert ("rule damaged: a.ts: corrupt decoded frame" in task.message) == bool(code)


def test_the_environment_names_the_executable_where_the_init_data_does_not(encode, commands):
    commands.set_variable("FFMPEG", EXECUTABLE)
    assert encode({"output": "test.mp4", "seconds": 1}, {}).wait().returncode == 0


def test_the_executable_is_looked_for_in_the_path_in_the_end(encode, commands, tmp_path):
    folder = tmp_path / "bin"
    folder.mkdir()
    shutil.copy(EXECUTABLE, folder / "ffmpeg")
    commands.set_variable("FFMPEG", "")
    commands.set_variable("PATH", str(folder))
    assert encode({"output": "test.mp4", "seconds": 1}, {}).wait().returncode == 0


def test_a_termination_also_ends_ffmpeg(encode, commands, messages):
    running = encode({"output": "long.mp4", "seconds": 36000})
    running.wait_for("STDOUT: out_time=")
    send_signal(running.process, signal.SIGTERM)
    canceled = running.wait()
    assert canceled.returncode == 143
    assert messages("fail", canceled.stdout) == []
    assert commands.left() == []
