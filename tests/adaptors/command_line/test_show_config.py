"""Configuration at the command line, and what it makes a session do."""

from __future__ import annotations

import json
import os

import pytest
import yaml

DAY = 86_400.0
DEADLINES = {
    "start": DAY,
    "run": None,
    "stop": 230.0,
    "cleanup": None,
    "cancel": 20.0,
    "output": None,
    "progress": None,
    "idle": DAY,
    "idle_over": 600.0,
}


@pytest.fixture
def home(command_line):
    folder = command_line.directory / "home"
    folder.mkdir()
    command_line.environment.update(HOME=str(folder), USERPROFILE=str(folder))
    return folder


@pytest.fixture
def configure(command_line, home):
    """Write a configuration file of the user and return its path."""

    def write(name, content):
        file_name = "configuration.json" if name == "runtime" else f"{name}.json"
        path = home / ".openjd" / "adaptors" / name / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


RUNTIME = {
    "deactivate_telemetry": False,
    "heartbeat": None,
    "journal_count": 1000,
    "journal_data": False,
    "journal_directory": None,
    "line_times": False,
}


def line_with(shown, text):
    (line,) = [line for line in shown.lines if text in line]
    return line.strip()


def test_the_defaults_are_shown_and_nothing_is_created(command_line, home):
    shown = command_line("show-config")
    assert shown.exit_code == 0
    assert yaml.safe_load(shown.text) == {
        "runtime": {**RUNTIME, "log_level": "INFO"},
        "adaptor": {"log_level": "INFO"},
        "deadlines": DEADLINES,
    }
    assert not os.listdir(home)


def test_each_value_says_which_file_it_comes_from(command_line, configure):
    runtime = configure("runtime", {"log_level": "ERROR", "deadlines": {"run": 60, "start": 5}})
    own = configure("Scripted", {"farm": {"size": [1, 2]}, "motto": "a\nb: c", "deadlines": {"run": 7}})
    shown = command_line("show-config")
    assert yaml.safe_load(shown.text) == {
        "runtime": {**RUNTIME, "log_level": "ERROR"},
        "adaptor": {"log_level": "INFO", "farm": {"size": [1, 2]}, "motto": "a\nb: c"},
        "deadlines": {**DEADLINES, "start": 5, "run": 7},
    }
    assert line_with(shown, "log_level: ERROR") == f"log_level: ERROR  # {runtime} (user)"
    assert line_with(shown, "log_level: INFO") == "log_level: INFO  # default"
    assert line_with(shown, "start: 5") == f"start: 5  # {runtime} (user)"
    assert line_with(shown, "run: 7") == f"run: 7  # {own} (user)"
    before = shown.lines[shown.lines.index("  farm:") - 1]
    assert before == f"  # {own} (user)"


def test_the_files_are_listed_including_missing_ones(command_line, configure):
    own = configure("Scripted", {})
    shown = command_line("show-config", RUNTIME_CONFIG_PATH="nowhere.json")
    assert shown.exit_code == 0
    assert f"#   adaptor: {own}" in shown.lines
    assert f"#   runtime: {command_line.directory / 'nowhere.json'} (not found)" in shown.lines


def test_without_an_adaptor_the_runtime_s_part_is_shown(command_line, home):
    shown = command_line("show-config", adaptor=None)
    assert shown.exit_code == 0
    assert set(yaml.safe_load(shown.text)) == {"runtime", "deadlines"}


@pytest.mark.parametrize("command", ["show-config", "run"])
@pytest.mark.parametrize("name", ["runtime", "Scripted"])
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({"log_level": "LOUD"}, 'does not fit the schema: at log_level, "LOUD" is not one of "DEBUG", "INFO"'),
        ({"deadlines": {"run": "long"}}, 'does not fit the schema: at deadlines.run, "long" is not of types '),
        ("{", "is not JSON"),
    ],
)
def test_a_bad_file_is_rejected_in_one_line_before_anything_happens(
    command_line, configure, command, name, content, problem
):
    path = configure(name, content)
    refused = command_line(command)
    assert refused.exit_code == 2
    (line,) = refused.lines
    assert f"configuration file {path} {problem}" in line
    assert command_line.calls == []


def test_a_bad_file_fails_daemon_start_and_daemon_stop_is_content(command_line, configure):
    path = configure("runtime", {"log_level": "LOUD"})
    start = command_line.start()
    assert start.exit_code == 2
    assert f"configuration file {path} does not fit the schema" in start.failures[0]
    assert command_line.calls == []
    assert command_line.stop().exit_code == 0


@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_changes_by_the_files_are_reported_once(command_line, configure, mode):
    path = configure("Scripted", {"log_level": "WARNING"})
    if mode == "run":
        said = command_line.run()
    else:
        said = command_line.start()
        command_line.stop()
    assert said.count(f'Set log_level to "WARNING" (user configuration file {path})') == 1


def test_a_missing_file_that_the_environment_names_is_a_warning(command_line, home):
    run = command_line.run(RUNTIME_CONFIG_PATH="nowhere.json")
    assert run.exit_code == 0
    missing = command_line.directory / "nowhere.json"
    assert f"WARNING: the environment configuration file {missing} does not exist" in run.lines


LOGS = {"on_run": {"log": "from logging", "structlog": "from structlog", "say": "from print"}}


def test_the_adaptor_s_level_rules_its_own_records(command_line, configure):
    configure("Scripted", {"log_level": "WARNING"})
    run = command_line.run(run_data=LOGS)
    assert run.exit_code == 0
    assert not run.count("from logging")
    assert not run.count("from structlog")
    assert run.count("from print") == 1
    assert run.transitions


def test_the_runtime_s_level_rules_the_runtime_s_records(command_line, configure):
    configure("runtime", {"log_level": "WARNING"})
    run = command_line.run(run_data=LOGS)
    assert run.exit_code == 0
    assert run.transitions == []
    assert run.count("from logging") == 1
    assert run.count("INFO: from structlog") == 1


def test_critical_hides_application_output_and_no_level_hides_a_failure_or_a_message(command_line, configure):
    configure("runtime", {"log_level": "CRITICAL"})
    configure("Scripted", {"log_level": "CRITICAL"})
    run = command_line.run(
        run_data={"on_run": {"say": "hidden", "progress": 50, "status": "half", "raise": "ValueError('no')"}}
    )
    assert run.exit_code == 1
    assert run.lines[:3] == [
        "openjd_progress: 50",
        "openjd_status: half",
        "ERROR: Traceback (most recent call last):",
    ]
    assert run.lines[-1] == "openjd_fail: on_run failed: ValueError: no"
    assert not run.count("hidden")


def test_the_deadline_of_a_file_ends_a_task(command_line, configure):
    configure("runtime", {"deadlines": {"run": 0.2}})
    run = command_line.run(run_data={"on_run": {"wait_for_cancel": "waiting"}})
    assert run.exit_code == 5
    assert "on_run did not end within its deadline" in run.failures[0]


def test_the_deadline_of_a_file_ends_a_daemon_s_task(command_line, configure):
    configure("Scripted", {"deadlines": {"run": 0.2}})
    command_line.start()
    assert command_line.task({"on_run": {"wait_for_cancel": "waiting"}}).exit_code == 5
    assert command_line.stop().exit_code == 0


def test_a_frontend_reads_no_configuration(command_line, home, configure):
    command_line.start()
    configure("runtime", "{")
    configure("Scripted", "{")
    assert command_line.task().exit_code == 0
    assert command_line.stop().exit_code == 0


OWN_OPTIONS = """
import logging
from adaptor_runtime import EntryPoint
from adaptor_runtime.adaptors import Adaptor, AdaptorConfigurationOptions, SemanticVersion

class Own(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, config_opts=AdaptorConfigurationOptions(config_path="own.json"), **kwargs)

    def on_run(self, run_data):
        logging.getLogger(__name__).debug("of the adaptor")
        logging.getLogger("library").debug("of a library")
        print("runtime:", entry_point.config.config["log_level"], type(entry_point.config_manager).__name__)

if __name__ == "__main__":
    entry_point = EntryPoint(Own)
    entry_point.start()
"""


def test_options_of_the_adaptor_and_of_the_entry_point_set_separate_levels(command_line, configure):
    configure("runtime", {"log_level": "ERROR"})
    (command_line.directory / "own_options.py").write_text(OWN_OPTIONS)
    (command_line.directory / "own.json").write_text('{"log_level": "DEBUG"}')
    run = command_line("run", module="own_options", PYTHONPATH=str(command_line.directory))
    assert run.exit_code == 0
    assert run.lines == ["DEBUG: of the adaptor", "runtime: ERROR ConfigurationManager"]
