from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
import tracemalloc

import pytest
from adaptor_runtime.ipc._stream import outcomes
from adaptor_runtime.ipc._stream.spool import Spool
from adaptor_runtime_client._messages import HEADER, Log, Output, Progress, Result, StatusMessage, decode, encode
from patience import SECONDS

pytestmark = pytest.mark.faults("Processes and output")

DONE = Result(0, "", "started")

# Files may grow to 10 000 bytes, so that this is what a full disk takes; the journal of it is what the test reads.
FULL_DISK = """
import json, resource, sys, threading
from adaptor_runtime.ipc._stream import spool
from adaptor_runtime_client._messages import Output, Result, StatusMessage

spool._IN_MEMORY = 30_000
spool = spool.Spool(sys.argv[1])
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
spool.begin("task")
stream = spool.stream("task")
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, most))
out = sys.stdout.buffer

def show():
    offset = 0
    for at, data in spool.follow(stream, 0):
        out.write(data)
        spool.acknowledge(at, at + len(data))

if sys.argv[2] == "reader":
    spool.enter()
    reader = threading.Thread(target=show)
    reader.start()
for number in range(200):
    spool.emit(Output("stdout"), b"%04d\\n" % number * 200)
if sys.argv[2] == "recovers":
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    spool.emit(StatusMessage("there is room again"))
spool.end("task", Result(0, "done", "started"))
if sys.argv[2] == "reader":
    reader.join()
else:
    show()
out.flush()
assert stream.result == Result(0, "done", "started")
"""


@pytest.fixture
def spool(tmp_path):
    with contextlib.closing(Spool(str(tmp_path))) as spool:
        yield spool


def messages_in(data):
    messages = []
    while data:
        head, body = HEADER.unpack_from(data)
        end = HEADER.size + head + body
        messages.append((decode(data[HEADER.size : HEADER.size + head]), data[HEADER.size + head : end]))
        data = data[end:]
    return messages


def read_all(spool, stream_id):
    """Return the events of a stream, and how it ended."""
    stream = spool.stream(stream_id)
    data = b"".join(piece for _, piece in spool.follow(stream, spool.wait_begun(stream) or 0))
    return messages_in(data), spool.wait_result(stream)


def unread(spool):
    return [
        message
        for begin, end in spool.unread()
        for message, _ in messages_in(b"".join(data for _, data in spool.pieces(begin, end)))
    ]


def in_thread(function, *arguments):
    results = []
    thread = threading.Thread(target=lambda: results.append(function(*arguments)))
    thread.start()

    def result():
        thread.join(SECONDS)
        return results[0]

    return result


def test_events_come_back_in_order_and_the_outcome_apart_from_them(spool):
    spool.begin("task")
    spool.emit(StatusMessage("loading"))
    spool.emit(Output("stdout"), b"line\n")
    spool.emit(Progress(50))
    spool.end("task", DONE)
    events = [(StatusMessage("loading"), b""), (Output("stdout"), b"line\n"), (Progress(50), b"")]
    assert read_all(spool, "task") == (events, DONE)


def test_a_reader_may_come_before_the_stream_begins(spool):
    result = in_thread(read_all, spool, "task")
    spool.begin("task")
    spool.emit(Progress(1))
    spool.end("task", DONE)
    assert result() == ([(Progress(1), b"")], DONE)


def test_a_reader_follows_the_events(spool):
    spool.begin("task")
    pieces = spool.follow(spool.stream("task"), 0)
    for number in range(100):
        result = in_thread(next, pieces)
        spool.emit(Progress(number))
        assert messages_in(result()[1]) == [(Progress(number), b"")]


def test_many_threads_that_emit_do_not_mix_their_events(spool):
    spool.begin("task")
    result = in_thread(read_all, spool, "task")

    def emit_many(number):
        for count in range(200):
            spool.emit(Output("stdout"), b"%d %d\n" % (number, count))

    emitters = [threading.Thread(target=emit_many, args=(number,)) for number in range(4)]
    for emitter in emitters:
        emitter.start()
    for emitter in emitters:
        emitter.join()
    spool.end("task", DONE)
    bodies = [body for _, body in result()[0]]
    for number in range(4):
        assert [body for body in bodies if body.startswith(b"%d " % number)] == [
            b"%d %d\n" % (number, count) for count in range(200)
        ]


def test_an_event_belongs_to_the_stream_that_is_open(spool):
    spool.emit(StatusMessage("before"))
    spool.begin("first")
    spool.emit(StatusMessage("in the first"))
    spool.end("first", DONE)
    spool.emit(StatusMessage("between"))
    spool.begin("second")
    spool.emit(StatusMessage("in the second"))
    spool.end("second", DONE)
    assert read_all(spool, "first") == ([(StatusMessage("in the first"), b"")], DONE)
    assert read_all(spool, "second") == ([(StatusMessage("in the second"), b"")], DONE)
    assert [message.text for message in unread(spool)] == ["before", "in the first", "between", "in the second"]


def test_the_end_of_an_unknown_stream_leaves_the_open_one_alone(spool):
    refused = Result(3, "refused", "running")
    spool.begin("task")
    spool.emit(Progress(1))
    spool.end("refused", refused)
    spool.emit(Progress(2))
    spool.end("task", DONE)
    assert read_all(spool, "refused") == ([], refused)
    assert read_all(spool, "task") == ([(Progress(1), b""), (Progress(2), b"")], DONE)


def test_the_first_result_counts(spool):
    spool.begin("task")
    spool.end("task", DONE)
    spool.end("task", Result(1, "late", "failed"))
    assert read_all(spool, "task") == ([], DONE)


def test_a_stream_begins_once(spool):
    spool.begin("task")
    with pytest.raises(ValueError, match="'task' has already begun"):
        spool.begin("task")


def test_a_stream_that_is_still_open_can_end_after_the_next_has_begun(spool):
    spool.begin("abandoned")
    spool.begin("next")
    spool.end("abandoned", DONE)
    spool.emit(Progress(1))
    spool.end("next", DONE)
    assert read_all(spool, "abandoned") == ([], DONE)
    assert read_all(spool, "next") == ([(Progress(1), b"")], DONE)


def test_output_larger_than_a_message_arrives_in_parts(spool):
    spool.begin("task")
    spool.emit(Output("stdout"), (b"x" * 99 + b"\n") * 30_000)
    spool.emit(Log("INFO", "y" * 3_000_000, {}))
    spool.end("task", DONE)
    events, _ = read_all(spool, "task")
    assert b"".join(body for _, body in events) == (b"x" * 99 + b"\n") * 30_000
    assert "".join(message.text for message, _ in events if isinstance(message, Log)) == "y" * 3_000_000
    assert max(len(body) for _, body in events) <= 1024 * 1024
    assert len(events) == 6


def test_acknowledged_events_are_not_read_again(spool):
    for name in ("seen", "half seen", "not seen"):
        spool.begin(name)
        spool.emit(StatusMessage(f"{name}, first"))
        spool.emit(StatusMessage(f"{name}, second"))
        spool.end(name, DONE)
    seen, half_seen = spool.stream("seen"), spool.stream("half seen")
    spool.acknowledge(seen.begin, seen.end)
    spool.acknowledge(half_seen.begin, half_seen.begin + len(encode(StatusMessage("half seen, first"))))
    assert [message.text for message in unread(spool)] == ["half seen, second", "not seen, first", "not seen, second"]
    assert [message.text for message, _ in read_all(spool, "half seen")[0]] == ["half seen, second"]
    assert read_all(spool, "seen") == ([], DONE)


def test_nothing_is_acknowledged_before_it_exists(spool):
    spool.acknowledge(0, 1_000_000)
    spool.begin("task")
    spool.emit(Progress(1))
    spool.end("task", DONE)
    assert read_all(spool, "task") == ([(Progress(1), b"")], DONE)


def test_the_space_of_acknowledged_events_is_freed_while_the_task_runs(spool, tmp_path):
    spool.begin("task")
    spool.emit(StatusMessage("nobody has seen this"))
    end = spool.size
    block = (b"x" * 79 + b"\n") * 800
    most = 0
    for _ in range(1_000):
        begin = spool.size
        spool.emit(Output("stdout"), block)
        spool.acknowledge(begin, spool.size)
        most = max(most, (tmp_path / "spool").stat().st_size)
    assert most < 10_000_000
    spool.end("task", DONE)
    assert spool.unread() == [(0, end)]
    assert unread(spool) == [StatusMessage("nobody has seen this")]


def test_unread_events_can_be_found_in_the_file(spool, tmp_path):
    spool.begin("task")
    block = (b"x" * 79 + b"\n") * 800
    for number in range(300):
        begin = spool.size
        spool.emit(StatusMessage(f"unread {number}"))
        middle = spool.size
        spool.emit(Output("stdout"), block)
        spool.acknowledge(middle, spool.size)
        assert begin < middle
    spool.end("task", DONE)
    left = spool.unread()
    spool.close()
    positions = spool.positions(left)
    spool.leave_file()
    content = (tmp_path / "spool").read_bytes()
    found = messages_in(b"".join(content[position : position + length] for position, length in positions))
    assert [message.text for message, _ in found] == [f"unread {number}" for number in range(300)]


def test_an_outcome_is_on_the_disk_until_it_was_taken(spool, tmp_path):
    spool.begin("task")
    spool.end("task", DONE)
    stream = spool.known("task")
    assert outcomes.read(str(tmp_path), "task") == DONE
    spool.take(stream)
    assert outcomes.read(str(tmp_path), "task") is None
    assert spool.known("task") is None


def test_the_name_of_an_outcome_cannot_lead_out_of_the_directory(spool, tmp_path):
    spool.end("../elsewhere", DONE)
    assert os.listdir(tmp_path) == ["spool"]
    assert not (tmp_path.parent / "elsewhere.outcome").exists()


def test_closing_wakes_every_reader_and_keeps_the_data(spool):
    spool.begin("task")
    spool.emit(Progress(1))
    task = spool.stream("task")
    waiting = [in_thread(list, spool.follow(task, spool.size)), in_thread(spool.wait_result, spool.stream("never"))]
    spool.close()
    assert [result() for result in waiting] == [[], None]
    assert read_all(spool, "task") == ([(Progress(1), b"")], None)


def test_a_closed_spool_accepts_nothing_and_blocks_no_thread(spool):
    spool.close()
    spool.begin("task")
    spool.emit(Progress(1))
    spool.end("task", DONE)
    assert spool.size == 0
    assert read_all(spool, "later") == ([], None)


@pytest.mark.posix("modes of POSIX")
def test_other_users_cannot_read_the_files(spool, tmp_path):
    spool.emit(Progress(1))
    spool.end("task", DONE)
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600, 0o600]


def test_a_million_lines_need_no_memory(spool):
    block = (b"x" * 79 + b"\n") * 800
    spool.begin("task")
    tracemalloc.start()
    try:
        for _ in range(1250):
            spool.emit(Output("stdout"), block)
        spool.end("task", DONE)
        lines = sum(data.count(b"\n") for _, data in spool.follow(spool.stream("task"), 0))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lines == 1_000_000
    assert peak < 8_000_000


def on_a_full_disk(tmp_path, then):
    command = [sys.executable, "-c", FULL_DISK, str(tmp_path), then]
    finished = subprocess.run(command, check=False, capture_output=True)
    assert finished.stderr == b""
    return [message for message, _ in messages_in(finished.stdout)]


@pytest.mark.unmeasured  # what coverage writes would meet the full disk, too
@pytest.mark.posix("limits the size of files")
@pytest.mark.parametrize("then", ["recovers", "stays full"])
def test_a_full_disk_without_a_reader_costs_events_and_says_so_but_never_the_result(tmp_path, then):
    messages = on_a_full_disk(tmp_path, then)
    kept = [message for message in messages if isinstance(message, Output)]
    assert 30 < len(kept) < 200
    if then == "recovers":
        assert [message.fields for message in messages if isinstance(message, Log)] == [{"count": 200 - len(kept)}]
        assert messages[-1] == StatusMessage("there is room again")


@pytest.mark.unmeasured
@pytest.mark.posix("limits the size of files")
def test_a_full_disk_with_a_reader_loses_nothing(tmp_path):
    messages = on_a_full_disk(tmp_path, "reader")
    assert len([message for message in messages if isinstance(message, Output)]) == 200
    assert {message.text for message in messages if isinstance(message, Log)} <= {
        "the disk of the session directory is full: output waits until it is read"
    }


def test_a_directory_that_has_vanished_costs_neither_events_nor_result(tmp_path):
    directory = tmp_path / "session"
    with contextlib.closing(Spool(str(directory))) as spool:
        spool.begin("task")
        spool.emit(Progress(1))
        spool.end("task", DONE)
        assert read_all(spool, "task") == ([(Progress(1), b"")], DONE)


def test_a_spool_shows_its_state(spool):
    spool.begin("task")
    assert repr(spool) == (
        "<Spool open <SpoolFile 0 bytes, 0 of them in memory> current=<TaskStream 'task' open, from 0 to None>>"
    )
