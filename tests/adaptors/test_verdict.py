from __future__ import annotations

import itertools

import attrs
import pytest
from adaptor_runtime.adaptors._verdict import ROWS, SUCCESS, ApplicationEnd, Evidence, decide
from adaptor_runtime.rules import RuleMatch, done, failure, fatal

FAILED = RuleMatch(failure("Error", name="error"), "Error: no camera", "no camera")
FATAL = RuleMatch(fatal("No", name="license"), "No license", "No license")
KILLED = ApplicationEnd(-9, "render was ended by SIGKILL (signal 9)")
EXITED = ApplicationEnd(3, "render exited with 3")
WELL = ApplicationEnd(0, "render exited with 0")
ENDED = ApplicationEnd(-15, "render was ended by SIGTERM (signal 15)", was_requested=True)

CASES = [
    ("success", "", {}),
    ("success", "", {"end": WELL}),
    ("canceled", "canceled by SIGTERM", {"canceled": "canceled by SIGTERM", "end": ENDED}),
    ("canceled", "the deadline", {"canceled": "the deadline", "end": WELL}),
    ("rule", "rule error: Error: no camera", {"failure": FAILED, "end": WELL}),
    ("rule", "rule license: No license", {"failure": FATAL, "end": ENDED}),
    ("lost", KILLED.description, {"end": KILLED}),
    ("lost", KILLED.description, {"end": KILLED, "is_needed": True}),
    ("lost", EXITED.description, {"end": EXITED, "is_needed": True}),
    ("lost", WELL.description, {"end": WELL, "is_needed": True}),
    ("lost", EXITED.description, {"end": EXITED, "is_needed": True, "exit_codes": None, "done": done("a")}),
    ("success", "", {"end": ENDED, "is_needed": True}),
    ("raised", "ValueError: no", {"raised": "ValueError: no", "end": ENDED}),
    ("exit code", EXITED.description, {"end": EXITED}),
    ("exit code", EXITED.description, {"end": EXITED, "exit_codes": (0, 4)}),
    ("exit code", ENDED.description, {"end": ENDED}),
    ("exit code", WELL.description, {"end": WELL, "exit_codes": (3,)}),
    ("exit code", EXITED.description, {"end": EXITED, "done": done("a", exit_codes=211)}),
    ("success", "", {"end": EXITED, "exit_codes": (0, 3)}),
    ("success", "", {"end": EXITED, "exit_codes": None}),
    ("success", "", {"end": EXITED, "done": done("a")}),
    ("success", "", {"end": EXITED, "done": done("a", exit_codes=3)}),
    ("success", "", {"end": WELL, "done": done("a", exit_codes=3)}),
    ("success", "", {"end": KILLED, "done": done("a")}),
    ("success", "", {"end": KILLED, "exit_codes": (-9,)}),
    ("lost", KILLED.description, {"end": KILLED, "done": done("a", exit_codes=3)}),
    ("success", "", {"end": ENDED, "done": done("a", exit_codes=3), "ended_after_done": True}),
    ("exit code", ENDED.description, {"end": ENDED, "ended_after_done": True}),
    ("outputs", "the expected output /a is missing", {"outputs": ["/a is missing"], "end": WELL}),
    (
        "outputs",
        "the expected output /a is empty; the expected output /b is old; the expected output /c is empty; and 2 more",
        {"outputs": ["/a is empty", "/b is old", "/c is empty", "/d is empty", "/e is empty"]},
    ),
]


@pytest.mark.parametrize(("row", "message", "evidence"), CASES)
def test_each_row_decides_by_its_evidence(row, message, evidence):
    verdict = decide(Evidence(**evidence))
    assert (verdict.row, verdict.message, verdict.succeeded) == (row, message, row == SUCCESS)


ALONE = {
    "canceled": {"canceled": "canceled"},
    "rule": {"failure": FAILED},
    "lost": {"end": KILLED},
    "raised": {"raised": "raised"},
    "exit code": {"end": EXITED},
    "outputs": {"outputs": ["/a is missing"]},
}


def test_there_is_evidence_for_each_row_alone():
    assert list(ALONE) == [row.name for row in ROWS]
    for name, evidence in ALONE.items():
        assert decide(Evidence(**evidence)).row == name
        assert [row.name for row in ROWS if row.cause(Evidence(**evidence))] == (
            [name, "exit code"] if name == "lost" else [name]
        )


@pytest.mark.parametrize("count", range(2, len(ALONE) + 1))
def test_of_several_causes_the_first_row_counts(count):
    order = list(ALONE)
    for names in itertools.combinations(order, count):
        evidence = {}
        for name in reversed(names):
            evidence.update(ALONE[name])  # an earlier row's end of the application
        assert decide(Evidence(**evidence)).row == min(names, key=order.index)


def test_the_evidence_and_the_verdict_are_values():
    evidence = Evidence(end=EXITED)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        evidence.end = None
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        decide(evidence).row = SUCCESS
