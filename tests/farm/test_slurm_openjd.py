"""Any job template on a Slurm farm, through `openjd run`."""

from __future__ import annotations

import json

import psutil
import pytest
from patience import within
from slurm_job import FOLDER, SOON, ends, sessions_in

pytestmark = [pytest.mark.farm, pytest.mark.timeout(400)]

SCENE = {
    "sun": [1, 2, 1],
    "samples": 1,
    "spheres": [{"center": [0, 1, 0], "radius": 1, "color": [1, 0.5, 0.2]}],
}


@pytest.fixture
def submit_template(submit, tmp_path):
    """Submit the template of the example, with pictures of a size; return the job, whose journals are kept."""

    def submit_template(array, last, size):
        scene = tmp_path / "scene.json"
        scene.write_text(json.dumps({**SCENE, "size": size}), encoding="utf-8")
        settings = tmp_path / "settings.json"
        settings.write_text(json.dumps({"journal_directory": str(tmp_path / "journals")}), encoding="utf-8")
        parameters = {"SceneFile": scene, "OutputDirectory": tmp_path / "the pictures"}
        options = [word for name, value in parameters.items() for word in ("-p", f"{name}={value}")]
        words = [FOLDER / "template.yaml", "Frames", last, *options]
        return submit(array, *words, script="slurm_openjd.sbatch", RUNTIME_CONFIG_PATH=str(settings))

    return submit_template


@pytest.fixture
def journals(tmp_path):
    """Read the journals of all sessions of the test."""
    return lambda: [session for path in (tmp_path / "journals").iterdir() for session in sessions_in(path)]


def test_each_element_is_one_session_and_the_last_one_ends_with_the_range(submit_template, journals):
    job = submit_template("1-6:4", 6, [32, 18])
    assert ends(job.wait_for_end()) == {1: ("COMPLETED", "0:0"), 5: ("COMPLETED", "0:0")}
    assert job.pictures() == [1, 2, 3, 4, 5, 6]
    assert [job.log(element).count("STDOUT: Scene loaded") for element in (1, 5)] == [1, 1]
    assert [(session["state"], session["cause"]) for session in journals()] == [("cleaned", None)] * 2
    assert psutil.wait_procs(job.processes(), within(SOON))[1] == []  # the watch looks once a second


def rendering(job):
    """Wait until an element renders its first frame; return its processes."""
    job.wait_for("openjd_status: rendering frame 1", 1)
    running = job.processes()
    assert len(running) >= 5  # openjd, a command, the daemon, its guardian, the renderer
    return running


def test_a_canceled_session_stops_and_cleans_up_and_leaves_nothing(submit_template, slurm, journals):
    job = submit_template("1-4:4", 4, [1920, 1080])
    running = rendering(job)
    slurm.ask("scancel", job.number)
    assert psutil.wait_procs(running, 25)[1] == []  # before KillWait is over
    assert job.processes() == []
    assert [each["JobState"] for each in job.wait_for_end().values()] == ["CANCELLED"]
    ((state, cause),) = [(session["state"], session["cause"]) for session in journals()]
    assert (state, cause) == ("cleaned", "SIGTERM")


def test_the_daemon_stops_and_cleans_up_when_openjd_is_killed(submit_template, journals):
    job = submit_template("1-4:4", 4, [1920, 1080])
    running = rendering(job)
    (worker,) = (each for each in running if each.name().startswith("openjd"))
    worker.kill()
    assert psutil.wait_procs(running, within(5))[1] == []
    assert job.processes() == []
    ((state, cause),) = [(session["state"], session["cause"]) for session in journals()]
    assert state == "cleaned"
    assert "its worker" in cause
    assert ends(job.wait_for_end()) == {1: ("FAILED", "0:9")}


def test_openjd_is_canceled_when_the_process_of_slurm_that_holds_it_is_killed(submit_template, journals):
    job = submit_template("1-4:4", 4, [1920, 1080])
    running = rendering(job)
    (worker,) = (each for each in running if each.name().startswith("openjd"))
    worker.parent().kill()  # Slurm queues the element again
    assert psutil.wait_procs(running, within(10))[1] == []
    assert "cleaned" in [session["state"] for session in journals()]
