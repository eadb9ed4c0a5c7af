"""What a phase costs includes the children that ended in it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from adaptor_runtime.adaptors._session import phase_usage
from adaptor_runtime.adaptors._session.phase_usage import PhaseUsage
from adaptor_runtime.ipc._processes.process_tree import ended_cpu_seconds, lead_group, popen_options, reap
from adaptor_runtime.ipc._processes.process_usage import ProcessUsage

MEGABYTE = 1024 * 1024
USAGE = ProcessUsage(1, 0, "python", "python", "running", 1, 7.0, 0.0, 2 * MEGABYTE, 3 * MEGABYTE)


@pytest.mark.skipif(sys.platform == "win32", reason="the system keeps nothing about children that have ended")
def test_the_peak_of_a_child_that_ended_counts_in_its_phase_alone():
    usage = PhaseUsage()
    usage.begin()
    subprocess.run([sys.executable, "-S", "-c", f"len(bytearray(b'1') * {400 * MEGABYTE})"], check=True)
    assert usage.end()["peak_memory"] > 400 * MEGABYTE
    usage.begin()
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)
    assert usage.end()["peak_memory"] < 400 * MEGABYTE


def test_what_an_application_used_that_ended_in_a_phase_counts_where_the_system_tells_it_of_each_job(monkeypatch):
    ended = iter([3.0, 5.5, 5.5])
    monkeypatch.setattr(phase_usage, "ended_cpu_seconds", lambda: next(ended))
    monkeypatch.setattr(phase_usage, "tree", lambda *_, **__: [USAGE])
    usage = PhaseUsage()
    usage.begin()
    assert usage.end()["cpu_seconds"] == 2.5
    usage.begin()
    assert usage.end()["cpu_seconds"] == 0


@pytest.mark.windows("on POSIX the system keeps it with the parent")
@pytest.mark.not_wine("QueryInformationJobObject with JobObjectBasicAccountingInformation tells no time")
def test_a_job_tells_the_processor_time_of_processes_that_have_ended():
    before = ended_cpu_seconds()
    process = subprocess.Popen([sys.executable, "-S", "-c", "sum(range(20_000_000))"], **popen_options())
    lead_group(process, "mark")
    reap(process)
    assert ended_cpu_seconds() > before
