"""A farm of real worker agents, where this machine can have one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from worker_agents import ROOT, Farm, OtherUser

PYTHON = ROOT / "build" / "agent" / "bin" / "python"


@pytest.fixture(scope="session")
def agent_python():
    """The Python that has the agent. What this machine cannot do is said in the reason for a skip."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("needs Linux, and root: each farm of agents has a network namespace of its own")
    if (
        None in (shutil.which("nsenter"), shutil.which("setpriv"))
        or subprocess.run(["unshare", "--net", "--mount", "true"], check=False).returncode
    ):
        pytest.skip("namespaces cannot be made here (unshare, nsenter, setpriv)")
    if not any(PYTHON.parents[1].glob("lib/*/site-packages/deadline_worker_agent")):
        pytest.skip("the worker agent is not installed: `make farm` installs it in build/agent")
    return PYTHON


@pytest.fixture
def make_farm(agent_python):
    """Give a function that makes a farm. When the test ends, no process of it may be left."""
    farms = []

    def make_farm(user=None):
        directory = Path(tempfile.mkdtemp(prefix="agents-", dir="/tmp"))  # every user can enter it
        directory.chmod(0o755)
        farms.append(Farm(agent_python, directory, user and OtherUser(directory / "home")))
        return farms[-1]

    yield make_farm
    left = [farm.end() for farm in farms]
    for farm in farms:
        farm.close()
    assert left == [[] for _ in farms]


@pytest.fixture
def farm(make_farm):
    return make_farm()


@pytest.fixture
def farm_of_another_user(make_farm):
    if shutil.which("sudo") is None:
        pytest.skip("sudo is not installed: the agent runs sessions of another user through it")
    return make_farm("another")
