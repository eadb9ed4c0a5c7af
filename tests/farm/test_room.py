from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import patience
import psutil
import pytest
from room import Room, marked

pytestmark = pytest.mark.farm


def test_a_room_has_no_network_but_the_loopback_interface(room):
    links = room.run("ip", "-oneline", "link").stdout.splitlines()
    assert [line.split(":")[1].strip() for line in links] == ["lo"]


def test_what_runs_in_a_room_ends_with_it(room):
    with Room() as other:
        begin_to_sleep(other, "setsid sleep 1000")
    assert other.processes() == []


def begin_to_sleep(room, command):
    """Leave a process behind; return it as soon as it sleeps."""
    room.run("sh", "-c", f"{command} >/dev/null 2>&1 &")
    (left,) = patience.wait_until(lambda: [each for each in room.processes() if is_asleep(each)], "the sleep")
    return left


def is_asleep(process):
    try:
        return process.name() == "sleep"
    except psutil.NoSuchProcess:  # what had begun it, and is gone
        return False


def test_the_first_process_of_a_room_collects_what_others_leave_behind(room):
    left = begin_to_sleep(room, "sleep 1000")
    left.terminate()
    assert psutil.wait_procs([left], patience.SECONDS)[1] == []  # it would stay as a zombie


def test_a_room_ends_and_its_folder_is_removed_when_pytest_is_killed(room, tmp_path):  # that there can be one
    folder = tmp_path / "folder"
    (folder / "mounted").mkdir(parents=True)
    (tmp_path / "kept").mkdir()
    program = f"""
from room import Room
with Room(folder={str(folder)!r}) as room:
    room.run("mount", "--bind", {str(tmp_path / "kept")!r}, {str(folder / "mounted")!r})
    room.run("sh", "-c", "touch {folder}/mounted/a; while :; do touch {folder}/$((i+=1)); done >/dev/null 2>&1 &")
    print(room.mark, flush=True)
    input()
"""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1] / "fixtures")}
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as holder:
        mark = holder.stdout.readline().strip()
        inside = marked(mark)
        assert inside
        holder.send_signal(signal.SIGKILL)
    assert psutil.wait_procs(inside, patience.SECONDS)[1] == []
    assert not folder.exists()
    assert (tmp_path / "kept" / "a").exists()
