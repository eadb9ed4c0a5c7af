"""What a phase costs includes the children that ended in it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from adaptor_runtime.adaptors._session.phase_usage import PhaseUsage

MEGABYTE = 1024 * 1024


@pytest.mark.skipif(sys.platform == "win32", reason="the system keeps nothing about children that have ended")
def test_the_peak_of_a_child_that_ended_counts_in_its_phase_alone():
    usage = PhaseUsage()
    usage.begin()
    subprocess.run([sys.executable, "-S", "-c", f"len(bytearray(b'1') * {400 * MEGABYTE})"], check=True)
    assert usage.end()["peak_memory"] > 400 * MEGABYTE
    usage.begin()
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)
    assert usage.end()["peak_memory"] < 400 * MEGABYTE
