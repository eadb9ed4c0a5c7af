from __future__ import annotations

import json
import re
from itertools import count

import pytest
from adaptor_runtime import BadInputError
from adaptor_runtime.adaptors._adaptor_rules import rules_of, rules_of_job
from adaptor_runtime.adaptors.output._rule_file import SCHEMA, read_rule_file
from adaptor_runtime.rules import RuleKind, RuleSet, done, failure, fatal, ignore, progress, status, warning


def found(rules, text):
    """Return the names of the rules that match, and each line, as a session would hear of them."""
    heard = []
    handler = rules.handler(lambda match: heard.append((match.rule.name, match.line)))
    for _, first in handler.matches(text):
        handler.call(first)
    return heard


def test_rules_without_a_name_are_called_by_their_kind_and_number():
    rules = RuleSet.merged([failure("a"), progress("(b)"), failure("c", name="third"), failure("d")])
    assert rules.names == ("failure-1", "progress-1", "third", "failure-3")


def test_a_name_does_not_change_when_another_rule_gets_one_or_another_layer_comes():
    before = RuleSet.merged([failure("a"), failure("b")])
    after = RuleSet.merged([failure("a", name="first"), failure("b")], [failure("c")])
    assert before.rules[1] == after.rules[1]
    assert after.names == ("first", "failure-2", "failure-3")


def test_rules_that_ignore_come_first_and_the_others_keep_their_order():
    rules = RuleSet.merged([failure("a"), ignore("b")], [ignore("c"), done("d")])
    assert rules.names == ("ignore-1", "ignore-2", "failure-1", "done-1")


def test_a_later_layer_replaces_a_rule_of_the_same_name_in_its_place():
    rules = RuleSet.merged(
        [failure("a", name="x"), failure("b")], [warning("c", name="x"), ignore("d", name="failure-2")]
    )
    assert [(rule.name, rule.kind, rule.pattern.pattern) for rule in rules.rules] == [
        ("failure-2", RuleKind.IGNORE, "d"),
        ("x", RuleKind.WARNING, "c"),
    ]


@pytest.mark.parametrize("second", [failure("b", name="x"), warning("b", name="failure-1")])
def test_two_rules_of_one_layer_have_two_names(second):
    with pytest.raises(BadInputError, match=r"two output rules are named '(x|failure-1)'"):
        RuleSet.merged([failure("a", name="x" if second.name == "x" else ""), second])


def test_every_rule_that_matches_a_line_is_heard_of_unless_it_is_ignored():
    rules = RuleSet.merged([failure("Error"), status("E.*"), ignore("Error: harmless")])
    text = "Error: harmless\nall is well\nError: disk\nEnd\n"
    assert found(rules, text) == [
        ("ignore-1", "Error: harmless"),
        ("failure-1", "Error: disk"),
        ("status-1", "Error: disk"),
        ("status-1", "End"),
    ]


def test_rules_are_switched_off_by_name():
    rules = RuleSet.merged([failure("a"), fatal("b"), done("c")])
    assert rules.without(["failure-1", "done-1"], "the job").names == ("fatal-1",)
    assert rules.without([], "the job") == rules


@pytest.mark.faults("Bad input")
def test_an_unknown_name_is_reported_with_the_nearest_one():
    rules = RuleSet.merged([failure("a", name="blender-error"), fatal("b")])
    with pytest.raises(BadInputError) as raised:
        rules.without(["blender-eror"], "rules_off")
    assert str(raised.value) == (
        "rules_off: there is no output rule 'blender-eror' (did you mean 'blender-error'?); the rules are "
        "blender-error, fatal-1"
    )
    with pytest.raises(BadInputError, match="there are no rules"):
        RuleSet().without(["x"], "rules_off")


@pytest.mark.parametrize("name", ["rules.yaml", "rules.json"])
def test_a_file_holds_the_same_rules_as_code(tmp_path, name):
    file = tmp_path / name
    settings = [
        {"kind": "progress", "pattern": r"Sample (?P<done>\d+)/(?P<of>\d+)", "message": "{done} samples"},
        {"kind": "failure", "pattern": r"Error: (?P<message>.*)", "name": "error"},
        {"kind": "done", "pattern": "Saved", "exit_codes": [0, 211], "grace": 3},
    ]
    if name.endswith("json"):
        file.write_text(json.dumps({"rules": settings}))
    else:
        lines = "".join(f"  - {json.dumps(rule)}\n" for rule in settings[1:])
        file.write_text(
            "rules:\n  - kind: progress\n    pattern: 'Sample (?P<done>\\d+)/(?P<of>\\d+)'\n"
            f"    message: '{{done}} samples'\n{lines}"
        )
    assert read_rule_file(str(file)) == [
        progress(r"Sample (?P<done>\d+)/(?P<of>\d+)", message="{done} samples"),
        failure(r"Error: (?P<message>.*)", name="error"),
        done("Saved", exit_codes=(0, 211), grace=3),
    ]


def test_the_schema_of_the_file_has_each_kind():
    with open(SCHEMA, encoding="utf-8") as file:
        kinds = json.load(file)["properties"]["rules"]["items"]["properties"]["kind"]["enum"]
    assert kinds == [str(kind) for kind in RuleKind]


UNUSABLE = {
    "": '"rules" is a required property',
    "rules: [": "is neither valid JSON nor valid YAML",
    "[]": "needs a mapping",
    "rules: {}": "at rules,",
    "rules: [{kind: fail, pattern: a}]": 'at rules[0].kind, "fail" is not one of "ignore", "progress"',
    "rules: [{kind: ignore, pattern: a}, {kind: failure}]": 'at rules[1], "pattern" is a required property',
    "rules: [{kind: failure, pattern: a, mesage: b}]": "'mesage' was unexpected (did you mean 'message'?)",
    "rules: [{kind: failure, pattern: '('}]": "at rules[0], the pattern '(' is no regular expression",
    "rules: [{kind: progress, pattern: a}]": "at rules[0], the pattern 'a' of a progress rule has no number",
    "rules: [{kind: ready, pattern: a, grace: 3}]": "at rules[0], exit_codes and grace belong to a done rule",
    "rules: [{kind: ready, pattern: a, name: x}, {kind: done, pattern: b, name: x}]": "at rules[1].name, 'x' is there",
    "rules: [{kind: done, pattern: a, exit_codes: ['0']}]": "at rules[0].exit_codes[0],",
}


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("text", UNUSABLE)
def test_an_unusable_file_is_reported_in_one_line_with_the_place(tmp_path, text):
    file = tmp_path / "output_rules.yaml"
    file.write_text(text)
    with pytest.raises(BadInputError) as raised:
        read_rule_file(str(file))
    assert str(file) in str(raised.value)
    assert UNUSABLE[text] in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.fixture
def adaptor(tmp_path, monkeypatch):
    """Write a module with a class, and the file beside it."""

    def write(body, **files):
        for name, text in files.items():
            (tmp_path / name.replace("_yaml", ".yaml").replace("_json", ".json")).write_text(text)
        module = f"mine_{next(numbers)}"
        (tmp_path / f"{module}.py").write_text(f"from adaptor_runtime.rules import *\nclass Mine:\n    {body}\n")
        monkeypatch.syspath_prepend(tmp_path)
        return __import__(module).Mine

    return write


numbers = count()
FILE = "rules: [{kind: fatal, pattern: No license}, {kind: warning, pattern: b, name: x}]"


def test_the_file_beside_the_module_is_the_second_layer(adaptor):
    found = adaptor("rules = [failure('a', name='x'), ignore('c')]", output_rules_yaml=FILE)
    assert rules_of(found).names == ("ignore-1", "x", "fatal-1")


def test_a_class_may_name_another_file(adaptor):
    found = adaptor("rules_file = 'of_mine.json'", of_mine_json='{"rules": []}', output_rules_yaml=FILE)
    assert rules_of(found).names == ()


@pytest.mark.faults("Bad input")
def test_a_file_that_a_class_names_has_to_exist(adaptor, tmp_path):
    with pytest.raises(
        BadInputError, match=rf"{re.escape(str(tmp_path / 'of_mine.yaml'))}\) cannot be read: No such file"
    ):
        rules_of(adaptor("rules_file = 'of_mine.yaml'"))


@pytest.mark.faults("Bad input")
def test_two_files_are_ambiguous(adaptor):
    with pytest.raises(BadInputError, match=r"output_rules\.yaml and .*output_rules\.json: keep one"):
        rules_of(adaptor("pass", output_rules_yaml=FILE, output_rules_json="{}"))


SWITCHED = "rules = [failure('a', name='strict'), fatal('b')]"


def test_a_job_switches_rules_off_where_the_class_or_the_schema_allows_it(adaptor):
    data = {"rules_off": ["strict"]}
    assert rules_of_job(adaptor(SWITCHED), data).names == ("strict", "fatal-1")
    assert rules_of_job(adaptor(SWITCHED), data, ["rules_off"]).names == ("fatal-1",)
    allowing = adaptor(f"{SWITCHED}; job_may_switch_rules_off = True")
    assert rules_of_job(allowing, data).names == ("fatal-1",)
    assert rules_of_job(allowing, {}).names == ("strict", "fatal-1")


def test_typed_init_data_may_have_the_key_too(adaptor):
    typed = type("InitData", (), {"rules_off": ("strict",)})()
    assert rules_of_job(adaptor(SWITCHED), typed, ["rules_off"]).names == ("fatal-1",)


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("names", ["strict", [5], {"strict": True}])
def test_what_is_switched_off_is_a_list_of_names(adaptor, names):
    with pytest.raises(BadInputError, match="rules_off in the init data must be a list of names"):
        rules_of_job(adaptor(SWITCHED), {"rules_off": names}, ["rules_off"])
