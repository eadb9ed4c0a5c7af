"""Farms of several hosts on one machine: in a room of their own, where they reach nothing but each other."""

from __future__ import annotations

import os

import patience
import psutil
import pytest
from room import Room
from room import missing as room_is_missing
from slurm_farm import SlurmFarm
from slurm_farm import missing as slurm_is_missing
from slurm_job import FOLDER, Job


@pytest.fixture(scope="session")
def needed():
    """Say what is missing: the test is skipped; where FARM_REQUIRED is set, it fails."""

    def needed(message):
        pytest.fail(message) if os.environ.get("FARM_REQUIRED") else pytest.skip(message)

    return needed


@pytest.fixture(scope="module")
def room(needed):
    """A room of namespaces, with nothing in it."""
    why = room_is_missing()
    if why is not None:
        needed(f"needs namespaces of its own: {why}")
    with Room() as room:
        yield room
    assert room.processes() == []


@pytest.fixture(scope="session")
def slurm_is_there(needed):
    """Slurm and namespaces."""
    why = room_is_missing() or slurm_is_missing()
    if why is not None:
        needed(f"needs a Slurm farm: {why}")


@pytest.fixture(scope="module")
def slurm(slurm_is_there):
    """A Slurm farm with three hosts, which has all of them whenever a test begins."""
    with SlurmFarm() as farm:
        yield farm
    assert farm.room.processes() == []


@pytest.fixture
def submit(slurm, tmp_path):
    """Submit the example as it is, with an array and arguments; return the job."""
    output = tmp_path / "the pictures"
    jobs = []

    def submit(array, *arguments, script="slurm.sbatch", **variables):
        words = [f"--array={array}", FOLDER / script, *(arguments or [output])]
        jobs.append(Job(slurm, tmp_path, output, slurm.submit(*words, directory=tmp_path, **variables)))
        return jobs[-1]

    yield submit
    for job in jobs:
        slurm.ask("scancel", job.number, check=False)
    left = [process for job in jobs for process in job.processes()]
    assert psutil.wait_procs(left, patience.SECONDS)[1] == []
