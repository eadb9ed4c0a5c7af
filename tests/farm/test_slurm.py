"""Sessions on a Slurm farm: hosts, cancels, and losses as they happen there."""

from __future__ import annotations

import re

import psutil
import pytest
from patience import within
from slurm_farm import wait_until
from slurm_job import FOLDER, check_cancel, ends

pytestmark = [pytest.mark.farm, pytest.mark.timeout(400)]


def test_an_array_renders_its_frames_on_two_hosts_and_loads_the_scene_once_on_each(submit):
    job = submit("1-8:4")
    elements = job.wait_for_end()
    assert ends(elements) == {1: ("COMPLETED", "0:0"), 5: ("COMPLETED", "0:0")}
    assert elements[1]["NodeList"] != elements[5]["NodeList"]
    assert job.pictures() == [1, 2, 3, 4, 5, 6, 7, 8]
    for element in (1, 5):
        assert job.log(element).count("STDOUT: Scene loaded") == 1
        assert job.saved(element) == list(range(element, element + 4))
        (session,) = job.sessions(element)
        assert (session["state"], session["cause"]) == ("cleaned", None)
        assert session["host"] == elements[element]["NodeList"]


def test_a_canceled_array_stops_and_cleans_up_and_leaves_nothing(submit):
    check_cancel(submit("1-8:4"))


def test_a_frame_that_cannot_be_saved_fails_its_element_only_which_can_be_queued_again(submit, slurm, tmp_path):
    in_the_way = tmp_path / "the pictures" / "frame_0006.png"
    in_the_way.mkdir(parents=True)
    job = submit("1-8:4")
    elements = job.wait_for_end()
    assert ends(elements) == {1: ("COMPLETED", "0:0"), 5: ("FAILED", "1:0")}
    failures = re.findall("^openjd_fail: (.*)", job.log(5), re.MULTILINE)
    assert len(failures) == 1
    assert "frame 6 cannot be saved" in failures[0]
    assert "openjd_fail" not in job.log(1)
    in_the_way.rmdir()
    slurm.ask("scontrol", "requeue", f"{job.number}_5")
    elements = job.wait_for_end()
    assert ends(elements) == {1: ("COMPLETED", "0:0"), 5: ("COMPLETED", "0:0")}
    assert (elements[1]["Restarts"], elements[5]["Restarts"]) == ("0", "1")
    assert job.pictures() == [1, 2, 3, 4, 5, 6, 7, 8]


def test_some_chunks_are_rendered_whose_frames_are_beyond_the_highest_index_of_an_array(submit, tmp_path):
    job = submit("3-4:2,7-8:2", tmp_path / "the pictures", 1007, FRAME_OFFSET="1000")
    assert ends(job.wait_for_end()) == {3: ("COMPLETED", "0:0"), 7: ("COMPLETED", "0:0")}
    assert job.pictures() == [1003, 1004, 1007]


def test_an_element_that_makes_way_for_an_urgent_job_cleans_up_and_begins_again(submit, slurm, tmp_path):
    job = submit("1-2:2")
    job.wait_for("openjd_status: rendering frame 1", 1)
    slurm.submit("--partition=urgent", "--nodes=3", "--wrap=true", directory=tmp_path)
    slurm.wait_until_queued_again(job.number, 1)
    assert ends(job.wait_for_end()) == {1: ("COMPLETED", "0:0")}
    assert job.pictures() == [1, 2]
    assert [(each["state"], each["cause"]) for each in job.sessions(1)] == [("cleaned", "SIGTERM"), ("cleaned", None)]


def test_sessions_go_on_while_slurm_is_restarted(submit, slurm):
    job = submit("1-8:4")
    for element in (1, 5):
        job.wait_for(f"openjd_status: rendering frame {element}", element)
    host = slurm.elements(job.number)[1]["NodeList"]
    slurm.stop_slurmd(host)
    slurm.restart_controller()
    slurm.start_slurmd(host)
    elements = job.wait_for_end()
    assert ends(elements) == {1: ("COMPLETED", "0:0"), 5: ("COMPLETED", "0:0")}
    assert [elements[each]["Restarts"] for each in (1, 5)] == ["0", "0"]
    assert [job.saved(each) for each in (1, 5)] == [[1, 2, 3, 4], [5, 6, 7, 8]]


def test_nothing_is_left_of_a_session_that_is_killed(submit):
    job = submit("1-4:4")
    job.wait_for("openjd_status: rendering frame 2", 1)
    running = job.processes()
    (session,) = (each for each in running if each.parent().name().startswith("slurmstepd"))
    session.kill()
    assert psutil.wait_procs(running, within(5))[1] == []
    assert job.processes() == []
    assert ends(job.wait_for_end()) == {1: ("FAILED", "0:9")}


def test_a_session_stops_and_cleans_up_when_the_process_of_slurm_that_holds_it_is_killed(submit):
    job = submit("1-4:4")
    job.wait_for("openjd_status: rendering frame 2", 1)
    running = job.processes()
    (worker,) = {each.parent() for each in running if each.parent().name().startswith("slurmstepd")}
    worker.kill()  # Slurm queues the element again
    assert psutil.wait_procs(running, within(5))[1] == []
    session = job.sessions(1)[0]
    assert session["state"] == "cleaned"
    assert "the end of its owner" in session["cause"]


def test_the_progress_of_each_element_is_its_comment(submit, slurm, tmp_path):
    script = tmp_path / "with progress.sbatch"
    lines = (FOLDER / "slurm.sbatch").read_text(encoding="utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith("exec "))
    progress = (FOLDER / "slurm_progress.sh").read_text(encoding="utf-8")
    (line,) = re.findall(r"the line before exec:  (.*)", progress)
    lines.insert(start, line.replace("slurm_progress.sh", f"'{FOLDER / 'slurm_progress.sh'}' 1"))
    script.write_text("\n".join(lines) + "\n", encoding="utf-8")
    submit("1-8:4", script=script)

    frames = {1: set(), 5: set()}

    def are_told():
        told = slurm.ask("squeue", "--noheader", "--array", "--format=%i %k")
        for element, frame in re.findall(r"_(\d+) [\d.]+% rendering frame (\d+)$", told, re.MULTILINE):
            frames[int(element)].add(int(frame))
        return all(frames.values())

    wait_until(are_told, "the progress of both elements")
    assert frames[1] <= {1, 2, 3, 4}
    assert frames[5] <= {5, 6, 7, 8}
