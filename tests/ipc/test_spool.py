from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import tracemalloc

import pytest
from adaptor_runtime.ipc._spool import Spool
from adaptor_runtime_client._messages import HEADER, Log, Output, Progress, Result, StatusMessage, decode, encode

pytestmark = pytest.mark.faults("Processes and output")

DONE = Result(0, "", "started")

FULL_DISK = """
import resource, sys
from adaptor_runtime.ipc._spool import Spool
from adaptor_runtime_client._messages import Output, Result, StatusMessage

spool = Spool(sys.argv[1])
read = spool.expect("task").read
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
spool.begin("task")
resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, most))
for number in range(20):
    spool.emit(Output("stdout"), b"%04d\\n" % number * 200)
if sys.argv[2] == "recovers":
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    spool.emit(StatusMessage("there is room again"))
spool.end("task", Result(0, "done", "started"))
offset = 0
while data := read(offset):
    offset += len(data)
    sys.stdout.buffer.write(data)
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


def read_all(segment, maximum=1024 * 1024):
    data = b""
    while part := segment.read(len(data), maximum):
        data += part
    return messages_in(data)


def in_thread(function, *arguments):
    results = []
    thread = threading.Thread(target=lambda: results.append(function(*arguments)))
    thread.start()

    def result():
        thread.join(10)
        return results[0]

    return result


def test_events_come_back_in_order_and_the_result_is_the_last(spool):
    spool.begin("task")
    spool.emit(StatusMessage("loading"))
    spool.emit(Output("stdout"), b"line\n")
    spool.emit(Progress(50))
    spool.end("task", DONE)
    assert read_all(spool.expect("task")) == [
        (StatusMessage("loading"), b""),
        (Output("stdout"), b"line\n"),
        (Progress(50), b""),
        (DONE, b""),
    ]


def test_a_reader_may_come_before_the_segment_begins(spool):
    segment = spool.expect("task")
    result = in_thread(read_all, segment)
    spool.begin("task")
    spool.emit(Progress(1))
    spool.end("task", DONE)
    assert result() == [(Progress(1), b""), (DONE, b"")]


def test_a_reader_follows_what_is_emitted(spool):
    spool.begin("task")
    segment = spool.current
    offset = 0
    for number in range(100):
        result = in_thread(segment.read, offset)
        spool.emit(Progress(number))
        data = result()
        assert messages_in(data) == [(Progress(number), b"")]
        offset += len(data)


def test_many_threads_that_emit_do_not_mix_their_events(spool):
    spool.begin("task")
    result = in_thread(read_all, spool.expect("task"))

    def emit_many(number):
        for count in range(200):
            spool.emit(Output("stdout"), b"%d %d\n" % (number, count))

    emitters = [threading.Thread(target=emit_many, args=(number,)) for number in range(4)]
    for emitter in emitters:
        emitter.start()
    for emitter in emitters:
        emitter.join()
    spool.end("task", DONE)
    bodies = [body for _, body in result()[:-1]]
    for number in range(4):
        assert [body for body in bodies if body.startswith(b"%d " % number)] == [
            b"%d %d\n" % (number, count) for count in range(200)
        ]


def test_an_event_belongs_to_the_segment_that_is_open(spool):
    spool.emit(StatusMessage("before"))
    spool.begin("first")
    spool.emit(StatusMessage("in the first"))
    spool.end("first", DONE)
    spool.emit(StatusMessage("between"))
    spool.begin("second")
    spool.emit(StatusMessage("in the second"))
    spool.end("second", DONE)
    assert read_all(spool.expect("first")) == [(StatusMessage("in the first"), b""), (DONE, b"")]
    assert read_all(spool.expect("second")) == [(StatusMessage("in the second"), b""), (DONE, b"")]
    texts = [[message.text for message, _ in read_all(segment)[:1]] for segment in spool.leftovers()]
    assert texts == [["before"], ["in the first"], ["between"], ["in the second"]]


def test_the_end_of_an_unknown_segment_leaves_the_open_one_alone(spool):
    refused = Result(3, "refused", "running")
    spool.begin("task")
    spool.emit(Progress(1))
    spool.end("refused", refused)
    spool.emit(Progress(2))
    spool.end("task", DONE)
    assert read_all(spool.expect("refused")) == [(refused, b"")]
    assert read_all(spool.expect("task")) == [(Progress(1), b""), (Progress(2), b""), (DONE, b"")]


def test_the_first_result_counts(spool):
    spool.begin("task")
    spool.end("task", DONE)
    spool.end("task", Result(1, "late", "failed"))
    assert read_all(spool.expect("task")) == [(DONE, b"")]


def test_a_segment_begins_once(spool):
    spool.begin("task")
    with pytest.raises(ValueError, match="'task' has begun already"):
        spool.begin("task")


def test_a_segment_that_is_still_open_can_end_after_the_next_has_begun(spool):
    spool.begin("abandoned")
    spool.begin("next")
    spool.end("abandoned", DONE)
    spool.emit(Progress(1))
    assert spool.current is spool.expect("next")
    assert read_all(spool.expect("abandoned")) == [(DONE, b"")]


def test_whole_frames_are_read_and_a_large_one_alone(spool):
    spool.begin("task")
    spool.emit(Output("stdout"), b"a" * 1000)
    spool.emit(Output("stdout"), b"b" * 1000)
    spool.emit(Output("stdout"), b"c" * 100_000)
    spool.end("task", DONE)
    segment = spool.expect("task")
    parts = []
    offset = 0
    while data := segment.read(offset, 2500):
        parts.append([len(body) for _, body in messages_in(data)])
        offset += len(data)
    assert parts == [[1000, 1000], [100_000], [0]]
    assert offset == segment.size
    assert read_all(segment, 1) == read_all(segment)


def test_what_was_not_acknowledged_is_left_over(spool):
    for name in ("seen", "half seen", "not seen"):
        spool.begin(name)
        spool.emit(Progress(1))
        spool.end(name, DONE)
    seen, half_seen = spool.expect("seen"), spool.expect("half seen")
    seen.acknowledge(seen.size)
    half_seen.acknowledge(len(encode(Progress(1))))
    half_seen.acknowledge(0)
    spool.begin("open")
    spool.emit(Progress(1))
    assert [segment.id for segment in spool.leftovers()] == ["half seen", "not seen"]
    assert messages_in(half_seen.read(half_seen.acknowledged)) == [(DONE, b"")]


def test_nothing_is_acknowledged_before_it_is_there(spool):
    segment = spool.expect("task")
    segment.acknowledge(1_000_000)
    spool.begin("task")
    spool.end("task", DONE)
    assert spool.leftovers() == [segment]


def test_a_discarded_segment_is_gone(spool, tmp_path):
    spool.begin("task")
    spool.end("task", DONE)
    segment = spool.expect("task")
    spool.discard(segment)
    assert list(tmp_path.iterdir()) == []
    assert spool.leftovers() == []
    assert segment.read(0) == b""


def test_discarding_wakes_a_reader(spool):
    segment = spool.expect("never")
    result = in_thread(segment.read, 0)
    spool.discard(segment)
    assert result() == b""


def test_closing_wakes_every_reader_and_keeps_what_is_there(spool):
    spool.begin("task")
    spool.emit(Progress(1))
    size = spool.current.size
    waiting = [in_thread(spool.expect("task").read, size), in_thread(spool.expect("never").read, 0)]
    spool.close()
    assert [result() for result in waiting] == [b"", b""]
    assert read_all(spool.expect("task")) == [(Progress(1), b"")]


def test_a_closed_spool_takes_nothing_and_blocks_nobody(spool, tmp_path):
    spool.close()
    spool.begin("task")
    spool.emit(Progress(1))
    spool.end("task", DONE)
    assert spool.expect("later").read(0) == b""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_nobody_else_can_read_the_files(spool, tmp_path):
    spool.emit(Progress(1))
    assert [path.stat().st_mode & 0o777 for path in tmp_path.iterdir()] == [0o600]


def test_a_million_lines_need_no_memory(spool):
    block = (b"x" * 79 + b"\n") * 800
    spool.begin("task")
    segment = spool.current
    tracemalloc.start()
    try:
        for _ in range(1250):
            spool.emit(Output("stdout"), block)
        spool.end("task", DONE)
        lines = offset = 0
        while data := segment.read(offset):
            offset += len(data)
            lines += data.count(b"\n")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert lines == 1_000_000
    assert peak < 8_000_000


@pytest.mark.unmeasured  # what coverage writes would meet the full disk, too
@pytest.mark.skipif(sys.platform == "win32", reason="limits the size of files")
@pytest.mark.parametrize("then", ["recovers", "stays full"])
def test_a_full_disk_costs_events_and_says_so_but_never_the_result(tmp_path, then):
    finished = subprocess.run([sys.executable, "-c", FULL_DISK, str(tmp_path), then], check=False, capture_output=True)
    assert finished.stderr == b""
    messages = [message for message, _ in messages_in(finished.stdout)]
    kept = [message for message in messages if isinstance(message, Output)]
    assert 0 < len(kept) < 20
    assert messages[-1] == Result(0, "done", "started")
    lost = [message.fields for message in messages if isinstance(message, Log)]
    assert lost == [{"count": 20 - len(kept)}]
    if then == "recovers":
        assert messages[-2] == StatusMessage("there is room again")


def test_a_directory_that_has_vanished_costs_neither_result_nor_caller(tmp_path):
    directory = tmp_path / "session"
    directory.mkdir()
    with contextlib.closing(Spool(str(directory))) as spool:
        directory.rmdir()
        spool.begin("task")
        spool.emit(Progress(1))
        spool.end("task", DONE)
        loss, result = read_all(spool.expect("task"))
        assert loss[0].fields == {"count": 1}
        assert result == (DONE, b"")


def test_a_spool_shows_its_state(spool):
    spool.begin("task")
    assert repr(spool) == "<Spool open current=<Segment 'task' open, 0 of 0 bytes acknowledged>>"
