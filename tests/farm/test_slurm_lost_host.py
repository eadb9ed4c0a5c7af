"""Sessions on a Slurm farm of which a host is lost, or no longer answers."""

from __future__ import annotations

import patience
import psutil
import pytest
from slurm_farm import SlurmFarm, wait_until

pytestmark = [pytest.mark.farm, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def slurm(slurm_is_there):
    """A farm that soon gives up a host."""
    with SlurmFarm(patience=10) as farm:
        yield farm
    assert farm.room.processes() == []


def test_an_element_whose_host_is_lost_is_rendered_by_another_one(submit, slurm):
    job = submit("1-8:4")
    job.wait_for("openjd_status: rendering frame 2", 1)
    host = slurm.elements(job.number)[1]["NodeList"]
    assert job.processes(host)
    slurm.lose_host(host)
    try:
        assert job.processes(host) == []
        elements = wait_until(lambda: completed(slurm.elements(job.number)), "the end of both elements")
        assert elements[1]["NodeList"] != host
        assert (elements[1]["Restarts"], elements[5]["Restarts"]) == ("1", "0")
        assert [state for element, state in slurm.history(job.number) if element == 1] == ["NODE_FAIL", "COMPLETED"]
        assert job.pictures() == [1, 2, 3, 4, 5, 6, 7, 8]
        assert job.saved(5) == [5, 6, 7, 8]
        assert job.saved(1)[-4:] == [1, 2, 3, 4]
        assert [session["state"] for session in job.sessions(1)] == ["running", "cleaned"]
        assert job.processes() == []
    finally:
        slurm.start_host(host)
        slurm.wait_for_hosts()


def completed(elements):
    """Elements that are over; None while one of them is not, or is about to be queued again."""
    return elements if {each["JobState"] for each in elements.values()} == {"COMPLETED"} else None


def test_a_session_on_a_host_that_no_longer_answers_is_ended_as_soon_as_it_does(submit, slurm):
    job = submit("1-1000:1000")
    job.wait_for("openjd_status: rendering frame 1", 1)
    host = slurm.elements(job.number)[1]["NodeList"]
    slurm.stop_slurmd(host)
    slurm.wait_until_queued_again(job.number, 1)
    wait_until(lambda: set(job.processes()) - set(job.processes(host)), "a session elsewhere")
    left = job.processes(host)
    assert left
    slurm.start_slurmd(host)
    assert psutil.wait_procs(left, patience.SECONDS)[1] == []
    again = slurm.elements(job.number)[1]
    assert (again["JobState"], again["Restarts"]) == ("RUNNING", "1")
