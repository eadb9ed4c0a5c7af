"""Ask where a path is, before anything is started."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import PurePath

import pytest

RULES = {
    "version": "pathmapping-1.0",
    "path_mapping_rules": [
        {"source_path_format": "POSIX", "source_path": "/show", "destination_path": "/mnt/show", "later": 1},
        {"source_path_format": "POSIX", "source_path": "/show/shot", "destination_path": "/mnt/shot"},
        {"source_path_format": "WINDOWS", "source_path": "P:\\Show", "destination_path": "/mnt/show"},
        {"source_path_format": "URI", "source_path": "s3://bucket", "destination_path": "/mnt/bucket"},
    ],
}
BAD_RULES = {
    "a field is empty": ({**RULES["path_mapping_rules"][0], "source_path": ""}, "source_path cannot be empty"),
    "a field is missing": ({"source_path": "/a"}, "source_path_format is missing"),
    "a format is unknown": (
        {**RULES["path_mapping_rules"][0], "source_path_format": "VMS"},
        "source_path_format 'VMS'",
    ),
    "a rule is no mapping": (["/a", "/b"], "must be a mapping"),
}


def here(path):
    """Return a mapped path as this system writes it."""
    return str(PurePath(path))


@pytest.fixture
def ask(command_line):
    """Run a query as a person does, with standard output and standard error apart."""

    def run(*arguments, rules=RULES, adaptor=()):
        options = [] if rules is None else ["--path-mapping-rules", json.dumps(rules)]
        command = [sys.executable, "-m", "adaptor_runtime", *adaptor, "map-path", *options, *arguments]
        return subprocess.run(command, env=command_line.environment, capture_output=True, check=False)

    return run


@pytest.mark.parametrize(
    ("path", "mapped"),
    [
        ("/show/shot/a.exr", here("/mnt/shot/a.exr")),
        ("/show/a.exr", here("/mnt/show/a.exr")),
        ("p:/SHOW/x\\a.exr", here("/mnt/show/x/a.exr")),
        ("s3://bucket/a.exr", here("/mnt/bucket/a.exr")),
        ("/elsewhere/a.exr", "/elsewhere/a.exr"),
    ],
)
def test_the_mapped_path_is_all_of_standard_output(ask, path, mapped):
    asked = ask(path)
    assert asked.returncode == 0
    assert asked.stdout.decode().split("\n") == [mapped, ""]
    assert asked.stderr == b""


def test_without_rules_a_path_is_unchanged(ask):
    assert ask("/show/a", rules=None).stdout == b"/show/a\n"


def test_an_adaptor_may_be_named_and_is_not_loaded(ask):
    asked = ask("/show/a", adaptor=("--adaptor", "broken_import:Adaptor"))
    assert asked.stdout.decode() == here("/mnt/show/a") + "\n"


@pytest.mark.posix("names are bytes on POSIX only")
def test_a_path_that_is_not_unicode_stays_unchanged(ask):
    assert ask(b"/show/\xff\n/x").stdout == b"/mnt/show/\xff\n/x\n"


def test_an_explanation_says_what_each_rule_did_with_the_path(ask):
    wrong = "does not match: component 2 of the path is 'Show', not 'show' (case counts)"
    asked = ask("--explain", "/Show/Shot/a.exr")
    assert asked.stdout.decode().splitlines() == [
        "/Show/Shot/a.exr",
        f"rule 1: POSIX /show/shot -> /mnt/shot: {wrong}",
        "rule 2: WINDOWS P:\\Show -> /mnt/show: does not match: component 1 of the path is '\\\\', not 'p:'",
        f"rule 0: POSIX /show -> /mnt/show: {wrong}",
        "rule 3: URI s3://bucket -> /mnt/bucket: does not match: the path is not a URI",
    ]


def test_an_explanation_names_the_rule_that_maps_and_those_that_would(ask):
    lines = ask("--explain", "/show/shot/a.exr").stdout.decode().splitlines()
    assert lines[0] == here("/mnt/shot/a.exr")
    assert lines[1] == "rule 1: POSIX /show/shot -> /mnt/shot: maps the path"
    assert "rule 0: POSIX /show -> /mnt/show: matches too, but rule 1 has a longer source" in lines


def test_an_explanation_of_no_rules_says_so(ask):
    assert ask("--explain", "/a", rules=None).stdout.decode().splitlines() == ["/a", "no rules"]


@pytest.mark.parametrize("kind", BAD_RULES)
def test_a_malformed_rule_is_one_line_on_standard_error(ask, kind):
    bad, problem = BAD_RULES[kind]
    asked = ask("/a", rules={"path_mapping_rules": [RULES["path_mapping_rules"][0], bad]})
    assert asked.returncode == 2
    assert asked.stdout == b""
    [line] = asked.stderr.decode().splitlines()
    assert line.startswith("error: --path-mapping-rules: path_mapping_rules[1]: ")
    assert problem in line


def test_a_path_must_be_given(ask):
    asked = ask()
    assert asked.returncode == 2
    assert asked.stdout == b""
    assert len(asked.stderr.decode().splitlines()) == 1


@pytest.mark.parametrize("kind", BAD_RULES)
@pytest.mark.parametrize("command", [["run"], ["daemon", "start", "--connection-file", "connection.json"]])
def test_nothing_starts_with_a_malformed_rule(command_line, command, kind):
    bad, problem = BAD_RULES[kind]
    ended = command_line(*command, "--path-mapping-rules", {"path_mapping_rules": [bad]})
    assert ended.exit_code == 2
    assert len(ended.lines) == 1
    assert "path_mapping_rules[0]: " in ended.failures[0]
    assert problem in ended.failures[0]
    assert command_line.calls == []


def test_rules_of_a_file_are_the_same_in_the_daemon(command_line):
    rules = command_line.directory / "rules.json"
    rules.write_text(json.dumps(RULES))
    option = ("--path-mapping-rules", f"file://{rules}")
    foreground = command_line("run", *option, "--run-data", {"path": "/show/shot/a"}, adaptor="echo:Echo")
    assert f"mapped: {here('/mnt/shot/a')}" in foreground.lines
    command_line("daemon", "start", "--connection-file", command_line.connection_file, *option, adaptor="echo:Echo")
    assert f"mapped: {here('/mnt/shot/a')}" in command_line.task({"path": "/show/shot/a"}).lines
    assert command_line.stop().exit_code == 0
