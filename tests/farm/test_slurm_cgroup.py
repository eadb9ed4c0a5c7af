"""A Slurm farm that finds the processes of a job by their cgroup: only what it has started itself receives SIGTERM."""

from __future__ import annotations

import pytest
from slurm_farm import SlurmFarm, missing_cgroup
from slurm_job import check_cancel

pytestmark = [pytest.mark.farm, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def slurm(slurm_is_there):
    """A farm as most are set up."""
    why = missing_cgroup()
    if why is not None:
        pytest.skip(why)
    with SlurmFarm("cgroup") as farm:
        yield farm
    assert farm.room.processes() == []


def test_a_canceled_array_stops_and_cleans_up_and_leaves_nothing(submit):
    check_cancel(submit("1-8:4"))
