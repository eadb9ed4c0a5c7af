"""A Slurm farm that finds the processes of a job by their cgroup: only what it has started itself receives SIGTERM."""

from __future__ import annotations

import pytest
from slurm_farm import SlurmFarm, missing_cgroup
from slurm_job import check_cancel, ends

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


HUNGRY = """
import sys
from adaptor_runtime import CommandAdaptor, EntryPoint, ManagedProcess, SemanticVersion

class Hungry(ManagedProcess):
    def get_executable(self):
        return sys.executable

    def get_arguments(self):
        return ["-c", "eaten = []\\nwhile True: eaten.append(bytearray(b'x') * 5_000_000)"]

class Film(CommandAdaptor):
    data_version = SemanticVersion(1, 0)

    def get_managed_process(self, run_data):
        return Hungry(run_data)

EntryPoint(Film).start()
"""


def test_an_element_without_memory_says_so_and_slurm_does_too(submit, tmp_path):
    (tmp_path / "film.py").write_text(HUNGRY, encoding="utf-8")
    script = tmp_path / "film.sbatch"
    script.write_text("#!/bin/bash\n#SBATCH --mem=150M\nexec python film.py run --owner-pid $PPID\n", encoding="utf-8")
    job = submit("1-1", script=script)
    assert ends(job.wait_for_end()) == {1: ("OUT_OF_MEMORY", "0:125")}
    (failure,) = [line for line in job.log(1).splitlines() if line.startswith("openjd_fail: ")]
    assert "probably out of memory" in failure
    assert "of the 150 MB of its cgroup" in failure
    assert job.processes() == []
