"""The process that a session's worker runs in, whatever is between it and an action."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads who has started whom from /proc")

FIND = "from adaptor_runtime.ipc._processes.worker import find_worker; print(find_worker()[0])"


@pytest.fixture
def worker(tmp_path):
    """Give a function that starts a worker, whose action looks for it through what is in between."""
    (tmp_path / "session").mkdir()
    (tmp_path / "session" / "helper").symlink_to("/bin/sh")
    sudo = tmp_path / "sudo"
    sudo.write_text('#!/bin/sh\n"$@"\nexit $?\n', encoding="utf-8")
    sudo.chmod(0o755)
    action = tmp_path / "action"
    action.write_text(f"#!/bin/sh\n{sys.executable} -c '{FIND}'\nexit $?\n", encoding="utf-8")
    action.chmod(0o755)

    def worker(between):
        command = between.format(sudo=sudo, helper=tmp_path / "session" / "helper", action=action)
        process = subprocess.Popen(
            ["sh", "-c", f"{command}; exit $?"],
            env={**os.environ, "OPENJD_SESSION_WORKING_DIR": str(tmp_path / "session")},
            stdout=subprocess.PIPE,
            encoding="utf-8",
            start_new_session=True,
        )
        output, _ = process.communicate()
        return process.pid, output

    return worker


@pytest.mark.parametrize(
    "between",
    [
        "setsid --wait {action}",
        "{sudo} setsid --wait {action}",
        "{sudo} {sudo} setsid --wait {action}",
        "{sudo} {helper} -c '{action}; exit $?'",
    ],
    ids=["nothing", "sudo", "sudo with a monitor", "sudo with a helper that starts all actions"],
)
def test_the_worker_is_found_through_what_is_between_it_and_an_action(worker, between):
    pid, found = worker(between)
    assert found == f"{pid}\n"
