"""Values that a schema marks as writeOnly reach no log, no failure line and no journal."""

from __future__ import annotations

import json

import pytest
from adaptor_runtime.ipc._processes.typed_command import shell_text

pytestmark = pytest.mark.faults("Secrets")

INIT_DATA = {"password": "hunter\\2 'x", "pin": "1"}
HIDDEN = shell_text(["--login=ann:********", "********", "12", "--token", "********"]).lstrip("'")


@pytest.mark.parametrize("mode", ["run", "daemon"])
def test_a_careless_adaptor_does_not_tell_them(command_line, mode):
    journal = command_line.directory / "journal.jsonl"
    command_line.adaptor = "secretive:Secretive"
    run_data = {"token": "tok-4711"}
    if mode == "run":
        said = command_line.run(INIT_DATA, run_data)
    else:
        command_line(
            "daemon",
            "start",
            *("--connection-file", command_line.connection_file, "--journal", journal),
            *("--init-data", json.dumps(INIT_DATA)),
        )
        said = command_line.task(run_data)
        command_line.stop()
    assert said.exit_code == 1
    assert "hunter" not in said.text
    assert "4711" not in said.text
    assert said.failures == ['openjd_fail: on_run failed: ValueError: "********" and ******** were refused']
    assert said.count(HIDDEN) == 1
    if mode == "daemon":
        assert "hunter" not in journal.read_text()
        assert "4711" not in journal.read_text()


def test_status_and_list_do_not_show_them_in_command_lines(command_line):
    command_line.adaptor = "secretive:Secretive"
    command_line.start(INIT_DATA)
    task = command_line.begin_task({"token": "tok-4711", "lasts": True})
    task.wait_for("ready")
    words = [("status", "--connection-file", command_line.connection_file), ("list",)]
    for form in ("text", "json"):
        for query in words:
            told = command_line("daemon", *query, "--format", form, adaptor=None).text
            assert "hunter" not in told
            assert "4711" not in told
    told = command_line("daemon", *words[0], adaptor=None).text
    assert " --login=ann:******** ******** 12 --token ********" in told
    daemon = command_line.daemon
    daemon.suspend()
    try:
        silent = command_line("daemon", *words[0], adaptor=None).text
    finally:
        daemon.resume()
    assert " silent" in silent
    assert "hunter" not in silent
    assert "4711" not in silent
    command_line("daemon", "cancel", *words[0][1:], adaptor=None)
    task.finish()
    command_line.stop()


@pytest.mark.parametrize(
    "text",
    [
        "password: *hunter2",
        "password: !hunter2 x",
        "password: !!int hunter2",
        'password: "hunter2',
        '{"password": hunter2',
    ],
)
def test_data_that_cannot_be_read_is_not_quoted(command_line, text):
    refused = command_line("run", "--init-data", text, adaptor="secretive:Secretive")
    assert refused.exit_code == 2
    assert "hunter2" not in refused.text
