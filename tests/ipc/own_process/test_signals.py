from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import threading

import pytest
from adaptor_runtime.ipc._own_process.signals import SignalRecord, next_event
from patience import SECONDS

pytestmark = pytest.mark.faults("Lifecycle")

HANGUP = getattr(signal, "SIGHUP", None) or signal.SIGBREAK

# The main thread is blocked in C code, where no handler of Python runs, when the signal arrives; a thread ends it.
BLOCKED = """
import os, signal, sys, threading
from adaptor_runtime.ipc._own_process.signals import SignalRecord

read_end, write_end = os.pipe()
def record(number):
    print("recorded", number, flush=True)
    os._exit(0)
with SignalRecord(record):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])  # another thread gets it, and nothing wakes this one
    threading.Thread(target=lambda: (signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM]),
                                     print("ready", flush=True), threading.Event().wait())).start()
    os.read(read_end, 1)
"""


def test_a_signal_is_recorded_and_wakes_the_loop():
    events = queue.SimpleQueue()
    with SignalRecord(events.put):
        signal.raise_signal(signal.SIGTERM)
        assert next_event(events, None) == signal.SIGTERM


@pytest.mark.posix("sends a signal to another process, and holds it back")
def test_a_signal_is_recorded_while_the_main_thread_cannot_run_a_handler():
    process = subprocess.Popen([sys.executable, "-c", BLOCKED], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "ready\n"
    process.terminate()
    output, _ = process.communicate(timeout=SECONDS)
    assert output == f"recorded {signal.SIGTERM.value}\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, HANGUP])
def test_a_signal_just_before_the_end_is_recorded_and_the_former_handler_is_back_after_it(number):
    events, former = queue.SimpleQueue(), []
    previous = signal.signal(number, lambda received, _: former.append(received))
    try:
        with SignalRecord(events.put):
            signal.raise_signal(number)
        assert events.get(block=False) == number
        assert former == []
        signal.raise_signal(number)
        assert former == [number]
        assert events.empty()
    finally:
        signal.signal(number, previous)


@pytest.mark.posix("only there are other signals")
def test_other_signals_are_left_to_their_own_handlers():
    events, seen = queue.SimpleQueue(), threading.Event()
    previous = signal.signal(signal.SIGUSR1, lambda *_: seen.set())
    try:
        with SignalRecord(events.put):
            os.kill(os.getpid(), signal.SIGUSR1)
        assert seen.wait(SECONDS)
        assert events.empty()
    finally:
        signal.signal(signal.SIGUSR1, previous)


@pytest.mark.posix("only there is a hangup")
def test_an_ignored_hangup_stays_ignored():
    events = queue.SimpleQueue()
    previous = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with SignalRecord(events.put):
            os.kill(os.getpid(), signal.SIGHUP)
        assert events.empty()
    finally:
        signal.signal(signal.SIGHUP, previous)


@pytest.mark.posix("there is no fork")
def test_a_signal_to_a_forked_child_is_not_one_to_its_parent():
    code = (
        "import os, queue, signal\n"
        "from adaptor_runtime.ipc._own_process.signals import SignalRecord\n"
        "events = queue.SimpleQueue()\n"
        "with SignalRecord(events.put):\n"
        "    child = os.fork()\n"
        "    if child == 0:\n"
        "        os.kill(os.getpid(), signal.SIGTERM)\n"
        "        os._exit(0)\n"
        "    os.waitpid(child, 0)\n"
        "print(events.empty())\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    assert done.stdout == "True\n", done.stderr


def test_records_may_be_nested_and_the_inner_one_takes_the_signal():
    outer, inner = queue.SimpleQueue(), queue.SimpleQueue()
    with SignalRecord(outer.put):
        with SignalRecord(inner.put):
            signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)
    assert (inner.get(block=False), outer.get(block=False)) == (signal.SIGTERM, signal.SIGINT)
    assert inner.empty()
    assert outer.empty()


def test_a_wait_ends_when_it_is_due():
    with pytest.raises(queue.Empty):
        next_event(queue.SimpleQueue(), 0.0)
