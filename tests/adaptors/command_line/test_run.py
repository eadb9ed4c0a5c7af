from __future__ import annotations

import re

from command_line import OUTPUT_OF_ANY_KIND
from private_files import is_private

WHOLE_PATH = [
    ("idle", "started"),
    ("started", "running"),
    ("running", "started"),
    ("started", "stopped"),
    ("stopped", "cleaned"),
]
HOOKS = ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]


def test_run_goes_through_the_whole_lifecycle(command_line):
    run = command_line.run({"scene": "a.blend"}, {"frame": 1})
    assert run.exit_code == 0
    assert run.transitions == WHOLE_PATH
    assert command_line.calls == HOOKS


def test_each_end_of_a_hook_says_how_long_the_hook_took(command_line):
    run = command_line.run()
    ends = [record for record in run.records if record["trigger"] != "run"]
    assert [record["hook"] for record in ends] == ["on_start", "on_run", "on_stop", "on_cleanup"]
    assert all(re.fullmatch(r"\d+(\.\d+)?", record["seconds"]) for record in ends)
    assert {record["outcome"] for record in ends} == {"returned"}


def test_printed_and_logged_lines_arrive_in_order(command_line):
    steps = {"say 1": "one", "log 1": "two", "structlog 1": "three", "progress": 40, "status": "five", "say 2": "six"}
    run = command_line.run({}, {"on_run": steps})
    begin = next(number for number, line in enumerate(run.lines) if "to=running" in line)
    assert run.lines[begin + 1 : begin + 7] == [
        "one",
        "INFO: two",
        "INFO: three text=three",
        "openjd_progress: 40",
        "openjd_status: five",
        "six",
    ]


@OUTPUT_OF_ANY_KIND
def test_output_of_any_kind_arrives_before_its_hook_has_ended(command_line, step, line):
    run = command_line.run({}, {"on_run": {step: "words"}})
    begin = next(number for number, said in enumerate(run.lines) if "to=running" in said)
    assert run.lines[begin + 1] == line
    assert "trigger=finish" in run.lines[begin + 2]


def test_all_lines_of_an_application_arrive_in_order(command_line):
    run = command_line.run({}, {"on_run": {"application": "for i in range(20000): print('line', i)"}})
    lines = [line for line in run.lines if line.startswith("STDOUT: line")]
    assert lines == [f"STDOUT: line {number}" for number in range(20_000)]


def test_progress_and_status_of_an_application_pass_through(command_line):
    program = "print('openjd_progress: 12.5'); print('openjd_status: denoising'); print('openjd_progress: 50%')"
    run = command_line.run({}, {"on_run": {"application": program}})
    at = run.lines.index("openjd_progress: 12.5")
    assert run.lines[at : at + 3] == [
        "openjd_progress: 12.5",
        "openjd_status: denoising",
        "STDOUT: openjd_progress: 50%",
    ]


def test_a_record_that_cannot_be_formatted_is_still_shown(command_line):
    run = command_line.run({}, {"on_run": {"log_badly": "half"}})
    assert run.exit_code == 0
    assert any(line.startswith("WARNING: half (") for line in run.lines)


def test_the_journal_keeps_the_records(command_line):
    journal = command_line.directory / "session.jsonl"
    command_line("run", "--journal", journal)
    text = command_line("graph", "--format", "text", "--journal", journal, adaptor=None).text
    assert "cleaned" in text
    assert is_private(journal)


def test_a_package_with_an_entry_point_runs_without_naming_the_adaptor(command_line):
    run = command_line.run(module="packaged")
    assert run.exit_code == 0
    assert command_line.calls == HOOKS


def test_a_reader_that_goes_away_changes_only_what_is_shown(command_line):
    running = command_line.begin_run({}, {"on_run": {"application": "for i in range(20000): print('line', i)"}})
    running.wait_for("line")
    running.process.stdout.close()
    assert running.process.wait() == 0
    assert command_line.calls == HOOKS


def test_a_thread_of_the_adaptor_does_not_keep_the_process(command_line):
    run = command_line.run({}, {"on_run": {"stray_thread": "still here"}})
    assert run.exit_code == 0
