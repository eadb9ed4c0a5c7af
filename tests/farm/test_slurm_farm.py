"""What the farm of the tests leaves: nothing, also if it ends in the middle of its work."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from slurm_farm import SlurmFarm, wait_until
from slurm_job import FOLDER, Job

pytestmark = [pytest.mark.farm, pytest.mark.timeout(400)]

LOOPBACK = r"(127\.[\d.]+|192\.0\.2\.1|0\.0\.0\.0|\*|\[::\]|\[::1\])(%lo)?:(\d+|\*)"


def network(process):
    try:
        return os.readlink(f"/proc/{process}/ns/net")
    except OSError:
        return None  # it is gone


def test_a_farm_reaches_nothing_but_itself_and_leaves_nothing(slurm_is_there, tmp_path):
    with SlurmFarm() as farm:
        number = farm.submit("--array=1-2:1", FOLDER / "slurm.sbatch", tmp_path / "out", directory=tmp_path)
        job = Job(farm, tmp_path, tmp_path / "out", number)
        for element in (1, 2):
            job.wait_for("openjd_status: loading the scene", element)
        inside = {network(process.pid) for process in [*farm.room.processes(), *job.processes()]} - {None}
        assert len(inside) == 1
        assert inside.isdisjoint({network("self")})
        sockets = farm.room.run("ss", "--no-header", "--numeric", "--tcp", "--udp", "--all").stdout
        addresses = [word for line in sockets.splitlines() for word in line.split()[4:6]]
        assert addresses
        assert [each for each in addresses if not re.fullmatch(LOOPBACK, each)] == []
        links = farm.room.run("ip", "-oneline", "link").stdout
        assert re.findall(r"^\d+: (\w+)", links, re.MULTILINE) == ["lo"]
    assert farm.room.processes() == []
    assert job.processes() == []
    wait_until(lambda: inside.isdisjoint(map(network, filter(str.isdecimal, os.listdir("/proc")))), "the end of all")
    assert str(farm.directory) not in Path("/proc/self/mountinfo").read_text(encoding="utf-8")
    assert not farm.directory.exists()
