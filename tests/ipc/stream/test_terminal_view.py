from __future__ import annotations

import threading

import pytest
from adaptor_runtime.ipc._stream.terminal_view import SILENCE_SECONDS, TerminalView
from adaptor_runtime_client._messages import LifecycleRecord, Log, Progress, StatusMessage
from patience import SECONDS

ERASE = b"\r\x1b[K"


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def view(columns=80, **options):
    clock, written = Clock(), []
    return TerminalView(written.append, lambda: columns, clock, **options), clock, written


def record(state, **more):
    return LifecycleRecord({"trigger": "run", "target": state, **more})


def test_the_line_follows_the_lines_and_is_erased_by_the_next_ones():
    shown, clock, written = view()
    assert shown.around(record("running"), b"moved\n") == ERASE + b"moved\nrunning  0:00:00"
    clock.now += 65
    assert shown.around(Progress(25.0), b"a\n") == ERASE + b"a\nrunning  25 %  0:01:05  [#####---------------]"
    shown.close()
    shown.close()
    assert written == [ERASE]
    assert shown.around(Progress(26.0), b"b\n") == b"b\n"


def test_the_state_of_an_application_is_not_that_of_the_session():
    shown, _, _ = view()
    shown.around(record("running"), b"")
    assert shown.around(record("busy", application="blender"), b"").endswith(b"running  0:00:00")


def test_the_next_task_begins_without_progress_and_status():
    shown, _, _ = view()
    shown.around(StatusMessage("old"), b"")
    shown.around(Progress(99.0), b"")
    assert shown.around(record("running"), b"").endswith(b"running  0:00:00")


@pytest.mark.parametrize("state", ["started", "stopped", "cleaned"])
def test_the_progress_of_a_task_ends_with_it(state):
    shown, _, _ = view()
    shown.around(record("running"), b"")
    shown.around(Progress(99.0), b"")
    refused = shown.around(record("running", trigger="stop"), b"")
    assert b"99 %" in refused
    ended = shown.around(record(state, trigger="finish"), b"")
    assert ended == ERASE + f"{state}  0:00:00".encode()


@pytest.mark.parametrize(
    ("columns", "line"),
    [
        (20, "running  25 %  0:00"),
        (28, "running  25 %  0:00:00"),
        (35, "running  25 %  0:00:00  [##------]"),
    ],
)
def test_on_a_narrow_terminal_the_percent_is_seen_and_the_bar_shrinks(columns, line):
    shown, _, _ = view(columns)
    shown.around(record("running"), b"")
    assert shown.around(Progress(25.0), b"").decode() == f"\r\x1b[K{line}"


def test_the_line_never_wraps_and_holds_no_control_character():
    shown, _, _ = view(columns=24)
    line = shown.around(StatusMessage("a\x1b[31m\x9b\u202e" + "日本語日本語"), b"").decode()
    assert line == "\r\x1b[K0:00:00  a [31m 日本語"
    shown, _, _ = view(columns=19)
    assert shown.around(StatusMessage("日本語日本語"), b"").decode().endswith("0:00:00  日本語日")


def test_a_silence_is_told_once_a_minute():
    shown, clock, _ = view()
    shown.around(Log("INFO", "x", {}), b"x\n")
    clock.now += SILENCE_SECONDS - 1
    assert b"no output" not in shown.redrawn()
    clock.now += 1
    assert shown.redrawn() == ERASE + b"... no output for 0:01:00\n0:01:00"
    assert b"no output" not in shown.redrawn()
    clock.now += SILENCE_SECONDS
    assert b"... no output for 0:02:00\n" in shown.redrawn()


def test_failures_are_coloured_line_by_line():
    shown, _, _ = view()
    block = shown.around(Log("ERROR", "", {}), b"ERROR: one\nWARNING: two\nthree\n")
    assert b"\x1b[31mERROR: one\x1b[0m\n\x1b[33mWARNING: two\x1b[0m\nthree\n" in block
    plain, _, _ = view(is_coloured=False)
    assert b"\x1b[31m" not in plain.around(Log("ERROR", "", {}), b"ERROR: one\n")


def test_nothing_is_drawn_after_the_view_was_closed():
    written, draws, may_draw = [], threading.Event(), threading.Event()

    def columns():
        draws.set()
        may_draw.wait(SECONDS)
        return 80

    shown = TerminalView(written.append, columns)
    shown.start()
    assert draws.wait(SECONDS)
    closing = threading.Thread(target=shown.close)
    closing.start()
    closing.join(0.1)  # a view that does not wait has been closed by now
    may_draw.set()
    closing.join()
    assert [data == ERASE for data in written] == [False, True]
