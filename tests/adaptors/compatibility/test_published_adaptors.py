"""An adaptor with the habits of the published ones, unmodified on the compatibility layer."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

SAMPLE_ADAPTORS = Path(__file__).parent / "sample_adaptors"
RULES = {
    "version": "pathmapping-1.0",
    "path_mapping_rules": [
        {"source_path_format": "WINDOWS", "source_path": "C:\\show", "destination_path": "/mnt/show"},
    ],
}
PROMPT = 20
"""Seconds within which a command is back that has nothing to wait for; on an idle machine it takes a tenth of one."""


@pytest.fixture
def adaptor(command_line, layer, distribution):
    """The commands of the adaptor, with a foreign runtime behind the layer."""
    foreign = "raise ImportError('this is the other one')"
    site = distribution(adaptor_runtime=foreign, adaptor_runtime_client=foreign)
    command_line.environment["PYTHONPATH"] = os.pathsep.join(map(str, (layer, SAMPLE_ADAPTORS, site)))
    return Commands(command_line)


class Commands:
    """The daemon's commands of the published adaptor."""

    module = "studio.published"

    def __init__(self, command_line):
        self._command_line = command_line

    def start(self, *arguments):
        where = ["--connection-file", self._command_line.connection_file]
        data = {"scene_file": ".\\C:\\show\\a.scene"}
        return self._command_line("daemon", "start", *where, "--init-data", data, *arguments, module=self.module)

    def begin_task(self, **run_data):
        where = ["--connection-file", self._command_line.connection_file]
        return self._command_line.begin(
            "daemon", "run", *where, "--run-data", {"frame": 1, **run_data}, module=self.module
        )

    def task(self, **run_data):
        return self.begin_task(**run_data).finish()

    def stop(self):
        return self._command_line(
            "daemon", "stop", "--connection-file", self._command_line.connection_file, module=self.module
        )


def test_a_session_of_two_tasks_succeeds_with_the_application_loaded_once(adaptor):
    start = adaptor.start()
    assert start.exit_code == 0, start
    for frame in (1, 2):
        task = adaptor.task(frame=frame)
        assert (task.exit_code, task.lines.count("openjd_progress: 100")) == (0, 1), task
    stop = adaptor.stop()
    assert (stop.exit_code, stop.count("ERROR"), stop.count("WARNING")) == (0, 0, 0), stop


def test_start_shows_the_output_of_the_constructor(adaptor):
    start = adaptor.start()
    assert any(line.startswith("release 4.2 constructed on") for line in start.lines), start
    adaptor.stop()


def test_both_streams_of_the_application_go_to_one_handler(adaptor):
    assert "INFO: application version 1.5" in adaptor.start().lines
    assert "openjd_progress: 50" in adaptor.task().lines
    adaptor.stop()


def test_the_application_gets_the_client_from_a_folder_of_its_own(adaptor, layer):
    client = layer.parents[1] / "ipc" / "client"
    (line,) = [line for line in adaptor.start().lines if "client of" in line]
    module, attrs_is_loaded = line.split()[-2:]
    assert Path(module).resolve().is_relative_to(client.resolve())
    assert attrs_is_loaded == "False"
    adaptor.stop()


def test_path_mapping_rules_that_the_constructor_adds_in_place_are_applied(adaptor, tmp_path):
    start = adaptor.start("--path-mapping-rules", RULES)
    assert f"STDOUT: scene {os.path.normpath('/mnt/show/a.scene')}" in start.lines, start
    assert json.loads((tmp_path / "rules.json").read_text()) == {"C:\\show": "/mnt/show", "./C:\\show": "/mnt/show"}
    adaptor.stop()


def test_a_cancel_that_kills_at_once_ends_the_task_that_waits_and_the_session(adaptor):
    adaptor.start()
    task = adaptor.begin_task(hang=True)
    task.wait_for("rendering for ever")
    task.signal(signal.SIGTERM)
    assert task.finish().exit_code == 143
    stop = adaptor.stop()
    assert stop.exit_code == 0, stop


@pytest.mark.parametrize("severe", ["once", "each line"])
def test_an_error_that_a_callback_raises_amid_300_kilobytes_fails_the_task_and_does_not_hold_up_stop(adaptor, severe):
    adaptor.start()
    task = adaptor.task(severe=severe)
    assert task.exit_code == 1
    assert task.failures == ["openjd_fail: on_run failed: RuntimeError: the application says 'SEVERE'"]
    began = time.monotonic()
    assert adaptor.stop().exit_code == 0
    assert time.monotonic() - began < PROMPT


def test_the_foreground_command_also_works(adaptor, command_line):
    data = ["--init-data", {"scene_file": "/a"}, "--run-data", {"frame": 7}]
    done = command_line("run", *data, module=adaptor.module)
    assert (done.exit_code, done.count("Finished")) == (0, 1), done


def test_the_log_names_the_release_of_the_adaptor_that_it_is_installed_with(adaptor):
    assert "PublishedAdaptor=4.2" in adaptor.start().lines[0]
    adaptor.stop()
