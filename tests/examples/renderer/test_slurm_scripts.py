"""What the scripts for Slurm call, without Slurm; tests/farm/ runs them on a farm."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import adaptor_runtime.examples.renderer
import pytest
import yaml

pytestmark = pytest.mark.posix("Slurm runs on Linux")

FOLDER = Path(adaptor_runtime.examples.renderer.__file__).parent
SECONDS = 60


def read(path):
    return path.read_text(encoding="utf-8") if path.exists() else ""


@pytest.fixture
def call(tmp_path):
    """Run a script as Slurm does, with stand-ins for the programs; return what they were called with, in order."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("python", "openjd", "scontrol"):
        program = programs / name
        program.write_text(
            '#!/bin/bash\nprintf "%s\\n" "${0##*/}" "$@" >>"$CALLS"\necho >>"$CALLS"\n', encoding="utf-8"
        )
        program.chmod(0o755)

    def call(script, *arguments, input="", meanwhile="", **variables):
        calls = tmp_path / "calls"
        environment = {**os.environ, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "CALLS": str(calls)}
        command = ["bash", FOLDER / script, *map(str, arguments)]
        slurm = {f"SLURM_{name}": value for name, value in variables.items()}
        options = {"env": {**environment, **slurm}, "cwd": tmp_path, "text": True}
        with subprocess.Popen(command, stdin=subprocess.PIPE, **options) as process:
            process.stdin.write(input)
            process.stdin.flush()
            while meanwhile not in read(calls):
                assert process.poll() is None, read(calls)
                time.sleep(0.05)
            process.communicate(timeout=SECONDS)
        return process.returncode, read(calls).split("\n\n")[:-1]

    return call


@pytest.mark.parametrize(
    ("start", "step", "last", "frames"),
    [(1, 4, (), "1-4"), (5, 4, (8,), "5-8"), (9, 4, (10,), "9-10"), (9, 4, (9,), "9-9"), (7, 1, (), "7-7")],
)
def test_an_element_renders_its_chunk_up_to_the_last_frame(call, start, step, last, frames):
    place = {"ARRAY_JOB_ID": "7", "ARRAY_TASK_ID": str(start), "ARRAY_TASK_STEP": str(step)}
    code, (called,) = call("slurm.sbatch", "out", *last, **place)
    assert code == 0
    assert f"\n--run-data\nframes: {frames}" in called
    assert f"\n--journal\nout/journals/7_{start}.jsonl\n" in called
    code, (_, called) = call("slurm_openjd.sbatch", "job.yaml", "Frames", *(last or (1000,)), "-p", "A=b c", **place)
    assert code == 0
    assert called == f"openjd\nrun\njob.yaml\n-p\nFrames={frames}\n-p\nA=b c"


@pytest.mark.parametrize(
    ("offset", "last", "frames"),
    [("1000", 1010, "1009-1010"), ("1000", 1012, "1009-1012"), ("-19", 8, "-10--7"), ("-12", -2, "-3--2")],
)
def test_an_offset_leads_to_frames_that_an_array_cannot_have(call, monkeypatch, offset, last, frames):
    monkeypatch.setenv("FRAME_OFFSET", offset)
    place = {"ARRAY_JOB_ID": "7", "ARRAY_TASK_ID": "9", "ARRAY_TASK_STEP": "4"}
    _, (called,) = call("slurm.sbatch", "out", last, **place)
    assert called.endswith(f"\n--run-data\nframes: {frames}")
    assert "\n--journal\nout/journals/7_9.jsonl\n" in called
    _, (_, called) = call("slurm_openjd.sbatch", "job.yaml", "Frames", last, **place)
    assert called == f"openjd\nrun\njob.yaml\n-p\nFrames={frames}"


def test_an_element_that_is_queued_again_has_a_journal_of_its_own(call):
    """The session on a host that no longer answers may still write to the first one."""
    place = {"ARRAY_JOB_ID": "7", "ARRAY_TASK_ID": "9", "ARRAY_TASK_STEP": "4", "RESTART_COUNT": "2"}
    _, (called,) = call("slurm.sbatch", "out", **place)
    assert "\n--journal\nout/journals/7_9_2.jsonl\n" in called


@pytest.mark.parametrize("name", ["the pictures", " it's #1: {here}", 'a\\b\t"c"'])
def test_a_folder_may_have_any_name(call, name):
    _, (called,) = call("slurm.sbatch", name, ARRAY_JOB_ID="7", ARRAY_TASK_ID="1", ARRAY_TASK_STEP="4")
    data = called.split("--init-data\n")[1].split("\n--run-data")[0]
    assert yaml.safe_load(data) == {"output_directory": name}


@pytest.mark.parametrize("script", ["slurm.sbatch", "slurm_openjd.sbatch"])
def test_a_script_without_its_arguments_or_without_an_array_calls_nothing(call, script):
    for arguments, place in (([], {"ARRAY_TASK_ID": "1", "ARRAY_TASK_STEP": "4"}), (["job.yaml", "Frames", "4"], {})):
        code, calls = call(script, *arguments, ARRAY_JOB_ID="7", **place)
        assert code != 0
        assert calls == []


OUTPUT = """openjd_status: loading
STDOUT: openjd_progress: 99
openjd_progress: 12.5
openjd_status: rendering frame 6
openjd_progress: 50
"""


def with_time(output):
    return "".join(f"0:00:01.5\t{line}\n" for line in output.splitlines())


@pytest.mark.parametrize("output", [OUTPUT, with_time(OUTPUT)], ids=["run", "openjd run"])
def test_the_progress_is_told_of_the_element_and_not_of_the_array(call, output):
    code, calls = call("slurm_progress.sh", 1000, input=output, ARRAY_JOB_ID="7", ARRAY_TASK_ID="5", JOB_ID="7")
    assert code == 0
    assert calls == [
        "scontrol\nupdate\nJobId=7_5\ncomment=loading",
        "scontrol\nupdate\nJobId=7_5\ncomment=50% rendering frame 6",
    ]


def test_the_progress_of_a_job_that_is_no_array_is_told_of_the_job(call):
    _, calls = call("slurm_progress.sh", input="openjd_progress: 3\n", JOB_ID="7")
    assert calls == ["scontrol\nupdate\nJobId=7\ncomment=3%"]


def test_the_last_message_is_told_even_if_nothing_follows(call):
    _, calls = call("slurm_progress.sh", 1, input=OUTPUT, meanwhile="comment=50% rendering frame 6\n", JOB_ID="7")
    assert len(calls) == 2


def test_a_message_cannot_control_the_terminal_of_who_reads_it(call):
    status = 'openjd_status: \x1b]0;gone\x07\x1b[2J it\'s "ready"; $(id) ä\n'
    _, calls = call("slurm_progress.sh", input=status, JOB_ID="7")
    assert calls == ['scontrol\nupdate\nJobId=7\ncomment= ]0;gone  [2J it\'s "ready"; $(id) ä']
