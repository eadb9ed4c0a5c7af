"""Records, their JSON, and the path through them."""

from __future__ import annotations

import json

import pytest
from adaptor_runtime.statemachine import Record, path
from adaptor_runtime.statemachine._history import History

RECORD = Record(3, "transition", "finish", "running", "started", "ouch", "on_run", 2.5, "raised", "7", 12.25)


def test_a_record_survives_json():
    assert Record.from_dict(json.loads(json.dumps(RECORD.to_dict()))) == RECORD


def test_a_record_of_a_later_release_can_be_read():
    assert Record.from_dict({**RECORD.to_dict(), "weather": "fine"}) == RECORD


def test_optional_fields_may_be_missing():
    data = {"sequence": 1, "kind": "refused", "trigger": "run", "source": "idle", "target": "idle"}
    assert Record.from_dict(data) == Record(1, "refused", "run", "idle", "idle")


def test_a_record_of_the_adaptor_is_in_json_as_it_was_before_there_were_other_machines():
    assert list(RECORD.to_dict()) == [
        "sequence", "kind", "trigger", "source", "target", "cause", "hook", "seconds", "outcome", "task_id", "time",
    ]  # fmt: skip
    assert (RECORD.machine, RECORD.application) == ("adaptor", None)


def test_a_record_of_an_application_keeps_its_machine_and_its_name_in_json():
    record = RECORD._replace(machine="application", application="blender")
    assert Record.from_dict(json.loads(json.dumps(record.to_dict()))) == record


def test_a_record_of_a_machine_of_a_later_release_can_be_read_and_is_in_no_path():
    record = Record.from_dict({**RECORD.to_dict(), "machine": "weather", "application": "blender"})
    assert (path([record]), path([record], "blender"), record.level) == ([], [], "INFO")


@pytest.mark.parametrize("name", ["sequence", "kind", "trigger", "source", "target"])
def test_a_missing_field_is_named(name):
    data = RECORD.to_dict()
    del data[name]
    with pytest.raises(ValueError, match=f"'{name}' is missing"):
        Record.from_dict(data)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sequence", "1"),
        ("sequence", True),
        ("kind", None),
        ("cause", 5),
        ("seconds", "long"),
        ("time", None),
        ("machine", None),
        ("application", 1),
    ],
)
def test_a_field_of_the_wrong_type_is_named(name, value):
    with pytest.raises(ValueError, match=f"'{name}' cannot be {value!r}"):
        Record.from_dict({**RECORD.to_dict(), name: value})


@pytest.mark.parametrize("name", ["sequence", "seconds", "time"])
@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 10**400])
def test_a_number_that_no_clock_or_counter_reads_is_named(name, value):
    with pytest.raises(ValueError, match=f"'{name}' cannot be"):
        Record.from_dict({**RECORD.to_dict(), name: value})


def test_the_path_is_made_of_transitions_alone():
    history = [
        Record(1, "refused", "run", "idle", "idle"),
        Record(2, "transition", "start", "idle", "started"),
        Record(3, "transition", "run", "started", "running"),
        Record(4, "transition", "cancel", "running", "canceled"),
        Record(5, "settled", "run", "canceled", "canceled"),
    ]
    assert path(history) == ["idle", "started", "running", "canceled"]
    assert path(history[:1]) == []


def test_the_path_begins_where_the_kept_records_begin():
    assert path([RECORD]) == ["running", "started"]


def test_a_history_keeps_at_least_one_record():
    with pytest.raises(ValueError, match="at least one record, not 0"):
        History(0)


def test_the_repr_of_a_history_counts_kept_and_all_records():
    history = History(1)
    for _ in range(3):
        history.append(RECORD._replace(sequence=history.next_sequence))
    assert repr(history) == "<History of 1 of 3 records>"
