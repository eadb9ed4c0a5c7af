from __future__ import annotations

import json
import math

import pytest
from adaptor_runtime_client._messages import (
    _CLASSES,
    HEADER,
    Acknowledge,
    ActionCanceled,
    ActionDone,
    ActionFailed,
    ActionProgress,
    AskOutcome,
    AskPathMappingRules,
    Attach,
    Cancel,
    Environment,
    Gap,
    GivenAction,
    Hello,
    LifecycleRecord,
    Log,
    Logs,
    MapPath,
    MappedPath,
    Moment,
    NextAction,
    NoAction,
    NotAnswered,
    Output,
    PathMappingRules,
    Progress,
    ProtocolError,
    Refused,
    Result,
    Run,
    SessionLogLevel,
    Snapshot,
    Start,
    Status,
    StatusMessage,
    Stop,
    UnknownKindError,
    Welcome,
    Withdraw,
    decode,
    encode,
)

EVERY_MESSAGE = [
    Hello(1, "0.1.0", "frontend", "secret"),
    Welcome(1, "0.1.0", 4711),
    Refused("not now", 3),
    Start(),
    Run("task", {"frame": 1, "name": "é 🎬", "nested": [None, True, 1.5]}),
    Run("task", {}, keep=True),
    Stop(),
    Stop(12.5),
    Cancel("SIGTERM", 4, "task"),
    Status(),
    Attach("task-1"),
    Attach(),
    Logs(follow=True, task_id="task-1", since=1.5, times=True),
    Moment(1.5),
    Gap(70_000),
    AskOutcome("task-1"),
    Acknowledge(2**53),
    NextAction(1, wait=False),
    Withdraw(1),
    GivenAction(1),
    NoAction(1),
    ActionDone(1, {"frames": [1, 2]}),
    ActionFailed(1, "ValueError", "no such scene", "Traceback", "scene.py:12 in load"),
    ActionProgress(1, 12.5, "loading"),
    ActionCanceled(1),
    MapPath(2, "/from/\udcff"),
    MappedPath(2, "/to"),
    AskPathMappingRules(3),
    PathMappingRules(3, [{"source_path": "/from"}]),
    NotAnswered(3, "no rules"),
    Log("INFO", "loaded", {"seconds": 1.5}),
    Output("stderr"),
    Progress(50),
    StatusMessage("rendering"),
    Environment("set", "NAME", "a\nb"),
    SessionLogLevel("DEBUG"),
    LifecycleRecord({"sequence": 1}),
    Result(0, "", "stopped"),
    Snapshot(
        "running",
        True,
        {"hook": "on_run"},
        [{"sequence": 1}],
        4711,
        "0.1.0",
        "Blender",
        [{"sequence": 2}],
        2.5,
        50.0,
        "half way",
        {"seconds": 0.5, "lines": [["stdout", "Fra:12"]]},
        [{"name": "run", "seconds": 60.0, "left": 57.5}],
        "/tmp/journal.jsonl",
        {"4711": "blender -b ********"},
    ),
]


def head_of(frame: bytes) -> bytes:
    head, _ = HEADER.unpack_from(frame)
    return frame[HEADER.size : HEADER.size + head]


@pytest.mark.parametrize("message", EVERY_MESSAGE, ids=lambda message: type(message).__name__)
def test_an_encoded_message_decodes_to_the_same_message(message):
    assert decode(head_of(encode(message))) == message


def test_every_kind_of_message_is_tested():
    assert {type(message) for message in EVERY_MESSAGE} == set(_CLASSES.values())


def test_a_frame_is_header_then_head_then_body():
    frame = encode(Output("stdout"), b"line\n")
    assert frame == b'\x00\x00\x00\x23\x00\x00\x00\x05{"kind":"output","stream":"stdout"}line\n'


def test_lone_surrogates_survive():
    text = "file \udcff of \ud800"
    assert decode(head_of(encode(Log("INFO", text, {text: text})))) == Log("INFO", text, {text: text})


def test_stop_and_cancel_of_the_first_release_are_understood_forever():
    assert decode(b'{"kind":"stop","seconds":30.0}') == Stop(30.0)
    assert decode(b'{"kind":"cancel","cause":"SIGTERM","seconds":4.0,"task_id":"7"}') == Cancel("SIGTERM", 4.0, "7")
    assert decode(b'{"kind":"result","exit_code":0,"message":"","state":"cleaned"}') == Result(0, "", "cleaned")


def test_unknown_fields_are_ignored_and_missing_ones_take_their_default():
    assert decode(b'{"kind": "cancel", "cause": "user", "colour": "red"}') == Cancel("user", None, None)


def test_an_unknown_kind_is_named():
    with pytest.raises(UnknownKindError, match="teleport") as caught:
        decode(b'{"kind": "teleport"}')
    assert caught.value.kind == "teleport"


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"\x00\xff\xfe",
        b"GET / HTTP/1.1",
        b"[]",
        b"null",
        b'"stop"',
        b"{}",
        b'{"kind": 7}',
        b'{"kind": ["stop"]}',
        b'{"kind": "progress"}',
        b'{"kind": "progress", "value": "50"}',
        b'{"kind": "progress", "value": true}',
        b'{"kind": "progress", "value": NaN}',
        b'{"kind": "stop", "seconds": Infinity}',
        b'{"kind": "acknowledge", "offset": 1.0}',
        b'{"kind": "acknowledge", "offset": false}',
        b'{"kind": "transition", "record": []}',
        b'{"kind": "result", "exit_code": 0, "message": null, "state": "idle"}',
        b"[" * 100_000,
        b'{"kind": "run", "task_id": "1", "run_data": ' + b"9" * 10_000 + b"x",
    ],
)
def test_anything_else_is_a_protocol_error(head):
    with pytest.raises(ProtocolError):
        decode(head)


def test_a_log_record_can_always_be_encoded():
    class Unprintable:
        def __str__(self):
            raise RuntimeError("no text")

    circular: dict[str, object] = {}
    circular["self"] = circular
    fields = {"odd": Unprintable(), "path": [Unprintable()], ("a", 1): 2, "circular": circular}
    record = decode(head_of(encode(Log("INFO", "odd", fields))))
    assert isinstance(record, Log)
    assert "cannot be printed" in record.fields["odd"]
    assert record.fields["('a', 1)"] == "2"


def test_run_data_keeps_numbers_that_are_not_finite():
    message = decode(head_of(encode(Run("task", math.inf))))
    assert message == Run("task", math.inf)


def test_the_head_is_one_json_object_with_the_kind_first():
    assert list(json.loads(head_of(encode(StatusMessage("x"))))) == ["kind", "text"]


def test_a_lifecycle_record_is_a_transition_on_the_wire():
    assert head_of(encode(LifecycleRecord({"sequence": 1}))) == b'{"kind":"transition","record":{"sequence":1}}'


def test_a_snapshot_of_an_earlier_release_has_no_applications():
    snapshot = (
        b'{"kind":"snapshot","state":"idle","stop_owed":false,"in_flight":null,"history":[],"pid":1,"release":"0"}'
    )
    assert decode(snapshot).applications == []
