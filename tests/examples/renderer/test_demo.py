from __future__ import annotations

import os
import re
import signal

import pytest

DEMO = "adaptor_runtime.examples.renderer.demo"

# The demo of the real size: rendering is work, which takes ten times as long while coverage is measured.
pytestmark = [pytest.mark.xdist_group("demo"), pytest.mark.unmeasured]


def test_the_demo_renders_pictures_and_leaves_nothing_else(commands, tmp_path, read_png, messages, transitions):
    done = commands.run(DEMO, "--output", tmp_path / "out")
    assert done.returncode == 0, done.stdout

    pictures = sorted((tmp_path / "out").glob("*.png"))
    assert [picture.name for picture in pictures] == ["frame_0001.png", "frame_0002.png", "frame_0003.png"]
    decoded = [read_png(picture) for picture in pictures]
    assert {(width, height) for width, height, _ in decoded} == {(320, 180)}
    assert len({pixels for _, _, pixels in decoded}) == 3
    assert all(str(picture) in done.stdout for picture in pictures)

    moves = transitions(done.stdout)
    task = ["run: started -> running", "finish: running -> started"]
    assert [move for move, _ in moves] == [
        "start: idle -> started",
        *task * 3,
        "stop: started -> stopped",
        "cleanup: stopped -> cleaned",
    ]
    # Moves at the end of a hook say how long it took; loading takes longer than any frame.
    assert all((seconds is None) == move.startswith("run:") for move, seconds in moves)
    assert moves[0][1] > 0.5
    assert messages("progress", done.stdout).count("100") == 3
    states = "idle -> started -> running -> started -> running -> started -> running -> started -> stopped -> cleaned"
    assert f"\nlifecycle: {states}\n" in done.stdout

    steps = re.findall(r"^(daemon .*?) +\d+\.\d\d s   exit code (\d)$", done.stdout, re.MULTILINE)
    frames = [(f"daemon run, frame {frame}", "0") for frame in (1, 2, 3)]
    assert steps == [("daemon start", "0"), *frames, ("daemon stop", "0")]
    told = ["journal.jsonl", "lifecycle.svg", "report.html"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path not in pictures) == told
    for name, beginning in (("lifecycle.svg", "<svg "), ("report.html", "<!DOCTYPE html>")):
        assert f"\n  {tmp_path / 'out' / name}\n" in done.stdout
        assert (tmp_path / "out" / name).read_text("utf-8").startswith(beginning)
    assert commands.left() == []


def test_a_step_that_fails_is_the_last_one_before_the_stop_and_fails_the_demo(commands, tmp_path, messages):
    (tmp_path / "out" / "frame_0002.png").mkdir(parents=True)
    failed = commands.run(DEMO, "--output", tmp_path / "out")
    assert failed.returncode == 1
    assert len(messages("fail", failed.stdout)) == 1
    steps = re.findall(r"^(daemon .*?) +\d+\.\d\d s   exit code (\d)$", failed.stdout, re.MULTILINE)
    assert [code for _, code in steps] == ["0", "0", "1", "0"]
    assert steps[-1][0] == "daemon stop"
    assert commands.left() == []


@pytest.mark.posix("there are no signals to a program that is no command of ours")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupted_demo_leaves_nothing(commands, tmp_path, name):
    running = commands.start(DEMO, "--output", tmp_path / "out", start_new_session=True)
    running.wait_for("rendering frame 1")
    number = signal.Signals[name]
    if number == signal.SIGINT:
        os.killpg(running.process.pid, number)  # as a terminal does
    else:
        running.process.send_signal(number)
    assert running.wait().returncode == 128 + number
    assert commands.left() == []
