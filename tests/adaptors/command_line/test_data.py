"""Init data and run data reach the hooks as they were written, the same in one process and in the daemon."""

from __future__ import annotations

import json

import pytest

DATA = {
    "emoji": ('{"a": "\U0001f600 \u00e9\u2028\\u0085"}', {"a": "\U0001f600 \u00e9\u2028\x85"}),
    "a lone surrogate": ('{"a": "\\udc80", "\\ud800": 1}', {"a": "\udc80", "\ud800": 1}),
    "a NUL": ('{"a": "\\u0000"}', {"a": "\0"}),
    "numbers": (
        '{"a": [1e5, 1E300, -0.0, 12345678901234567890]}',
        {"a": [1e5, 1e300, -0.0, 12345678901234567890]},
    ),
    "YAML": (
        'a: 1e5\nb: 2026-11-24\nc: 010\n1: yes\nd: "\\ud83c\\udfac"\n\U0001f600: \U0001f600\n',
        {"a": 1e5, "b": "2026-11-24", "c": 10, "1": True, "d": "\U0001f3ac", "\U0001f600": "\U0001f600"},
    ),
    "YAML with aliases": (
        "a: &x {p: [1]}\nb: *x\nc: {<<: *x, q: 2}\n",
        {"a": {"p": [1]}, "b": {"p": [1]}, "c": {"p": [1], "q": 2}},
    ),
    "JSON with tabs": ('{\n\t"a": [\n\t\t1\n\t]\n}', {"a": [1]}),
    "deep JSON": ('{"a": ' * 200 + "1" + "}" * 200, json.loads('{"a": ' * 200 + "1" + "}" * 200)),
}


def shown(finished, label):
    [line] = [line for line in finished.lines if line.startswith(f"{label}: ")]
    return json.loads(line[len(label) + 2 :])


@pytest.mark.parametrize("kind", DATA)
def test_data_is_the_same_in_one_process_and_in_the_daemon(command_line, kind):
    command_line.adaptor = "echo:Echo"
    text, data = DATA[kind]
    foreground = command_line("run", "--init-data", text, "--run-data", text)
    assert foreground.exit_code == 0
    started = command_line("daemon", "start", "--connection-file", command_line.connection_file, "--init-data", text)
    task = command_line.task(text)
    assert command_line.stop().exit_code == 0
    assert task.exit_code == 0
    assert shown(foreground, "init data") == shown(started, "init data") == data
    assert shown(foreground, "run data") == shown(task, "run data") == data


def test_megabytes_of_data_reach_the_daemon(command_line):
    command_line.adaptor = "echo:Sizes"
    path = command_line.directory / "data.json"
    path.write_text(json.dumps({"items": ["\U0001f600" * 10] * 500_000}, ensure_ascii=False), encoding="utf-8")
    option = f"file://{path}"
    started = command_line("daemon", "start", "--connection-file", command_line.connection_file, "--init-data", option)
    assert "init data has 500000 items" in started.lines
    assert "run data has 500000 items" in command_line.task(option).lines
    assert command_line.stop().exit_code == 0
