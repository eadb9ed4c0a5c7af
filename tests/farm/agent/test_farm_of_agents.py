"""What a farm of agents leaves: nothing, also where pytest is killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import patience
import psutil
import pytest
from room import variable
from worker_agents import MARKER, ROOT

pytestmark = [pytest.mark.farm, pytest.mark.timeout(400)]

HOLDER = """
import sys
from pathlib import Path
from worker_agents import Farm

farm = Farm(Path(sys.argv[1]), Path(sys.argv[2]))
farm.submit_frames()
farm.agent(runtime="python")
farm.wait_for("action", kind="envEnter")
print(farm.mark, flush=True)
input()
"""


def test_a_farm_of_agents_ends_and_its_folder_is_removed_when_pytest_is_killed(agent_python):
    folder = Path(tempfile.mkdtemp(prefix="agents-", dir="/tmp"))
    command = [sys.executable, "-c", HOLDER, agent_python, folder]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "fixtures")}
    options = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment}
    with subprocess.Popen(command, **options) as holder:
        mark = holder.stdout.readline().strip()
        left = [each for each in psutil.process_iter() if variable(each, MARKER) == mark]
        assert left
        holder.kill()
    assert psutil.wait_procs(left, patience.SECONDS)[1] == []
    patience.wait_until(lambda: not folder.exists(), "the removal of the folder")
