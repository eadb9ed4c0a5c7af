"""Whatever a real session runtime does to a job, daemon and application are gone when the job has ended."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from patience import SECONDS

pytestmark = pytest.mark.faults("Lifecycle")

ENDLESS = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("rendering", flush=True)
while True: time.sleep(60)
"""
CANCELATIONS = {
    "TERMINATE": {"mode": "TERMINATE"},
    "NOTIFY_THEN_TERMINATE": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": 15},
}


def template(cancelation, init_data, run_data, **timeouts):
    """Return a job of one task; ``timeouts`` are those of its actions, in seconds."""

    def action(name, *words):
        connection = ["--connection-file", "{{Session.WorkingDirectory}}/connection.json"]
        arguments = ["-m", "adaptor_runtime", "--adaptor", "scripted:Scripted", "daemon", *words, *connection]
        limit = {"timeout": timeouts[name]} if name in timeouts else {}
        return {name: {"command": sys.executable, "args": arguments, "cancelation": cancelation, **limit}}

    def file(name, data):
        return [{"name": name, "type": "TEXT", "data": json.dumps(data, indent=1)}]  # {{ and }} are the scheduler's

    environment = {
        "embeddedFiles": file("initData", init_data),
        "actions": {
            **action("onEnter", "start", "--init-data", "file://{{Env.File.initData}}"),
            **action("onExit", "stop"),
        },
    }
    script = {
        "embeddedFiles": file("runData", run_data),
        "actions": action("onRun", "run", "--run-data", "file://{{Task.File.runData}}"),
    }
    step = {"name": "Step", "stepEnvironments": [{"name": "Adaptor", "script": environment}], "script": script}
    return {"specificationVersion": "jobtemplate-2023-09", "name": "Job", "steps": [step]}


class Job:
    """A job that runs on this machine."""

    def __init__(self, command_line, content):
        file = command_line.directory / "template.json"
        file.write_text(json.dumps(content))
        self.text = ""
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "openjd", "run", str(file)],
            cwd=command_line.directory,
            env=command_line.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            start_new_session=True,
        )

    def wait_for(self, text):
        for line in self.process.stdout:
            self.text += line
            if text in line:
                return
        pytest.fail(f"{text!r} was never printed, but this:\n{self.text}")

    def finish(self):
        self.text += self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait()


@pytest.fixture
def run_job(command_line):
    """Give a function that begins a job. When it has ended nothing of it may be left."""
    jobs = []

    def run_job(*arguments, **timeouts):
        jobs.append(Job(command_line, template(*arguments, **timeouts)))
        return jobs[-1]

    yield run_job
    for job in jobs:
        job.process.kill()
        job.process.wait()
        job.process.stdout.close()
    shutil.rmtree(Path(command_line.temporary) / "OpenJD", ignore_errors=True)


@pytest.mark.parametrize("mode", CANCELATIONS)
@pytest.mark.parametrize("hook", ["on_start", "on_run"])
def test_a_timeout_ends_the_job_with_daemon_and_application(command_line, run_job, mode, hook):
    data = {hook: {"application": ENDLESS}}
    init_data, run_data = (data, {}) if hook == "on_start" else ({}, data)
    job = run_job(CANCELATIONS[mode], init_data, run_data, **{"onEnter" if hook == "on_start" else "onRun": 20})
    job.wait_for("rendering")
    assert job.finish() != 0
    assert command_line.left() == []
    assert "Exiting Environment: Adaptor" in job.text
    if os.name == "nt" and (hook, mode) == ("on_start", "TERMINATE"):
        return  # OpenJD kills all descendants of the action there, of which the daemon is one until it has started
    assert command_line.calls.count("on_cleanup") == 1
    assert command_line.calls.count("on_stop") == 1  # the canceled on_start returned, so it has started something


@pytest.mark.posix("an interrupt reaches one process alone only there")
@pytest.mark.parametrize("mode", CANCELATIONS)
def test_a_canceled_job_ends_with_daemon_and_application(command_line, run_job, mode):
    job = run_job(CANCELATIONS[mode], {}, {"on_run": {"application": ENDLESS}})
    job.wait_for("rendering")
    os.kill(job.process.pid, signal.SIGINT)
    job.finish()
    assert command_line.left() == []
    assert "Exiting Environment: Adaptor" in job.text
    assert command_line.calls[-3:] == ["on_cancel", "on_stop", "on_cleanup"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads who has started whom from /proc")
@pytest.mark.parametrize("hook", ["idle", "on_run"])
def test_a_killed_worker_ends_daemon_and_application(command_line, run_job, hook):
    """Nobody runs onExit any more, and the session's working directory stays."""
    application = {"on_start": {"open_application": ENDLESS.replace("rendering", "ready")}}
    step = {"say": "at work"} if hook == "idle" else {}
    job = run_job(CANCELATIONS["TERMINATE"], application, {"on_run": {**step, "application": ENDLESS}})
    job.wait_for("STDOUT: ready" if hook == "idle" else "rendering")
    job.process.kill()
    job.process.wait()
    assert command_line.wait_gone(SECONDS) == []
    assert command_line.calls[-2:] == ["on_stop", "on_cleanup"]
