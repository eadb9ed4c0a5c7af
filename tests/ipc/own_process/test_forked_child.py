from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest
from adaptor_runtime.ipc._own_process.forked_child import in_forked_child
from patience import SECONDS

pytestmark = [
    pytest.mark.faults("A forked child is taken for the runtime"),
    pytest.mark.posix("there is no fork"),
]

HANGUP = getattr(signal, "SIGHUP", signal.SIGTERM)


def run(program):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, check=False, timeout=SECONDS
    )
    return done.stdout


def test_the_last_registered_function_is_called_first_and_once():
    program = """
import os
from adaptor_runtime.ipc._own_process.forked_child import in_forked_child
in_forked_child(lambda: print("first", flush=True))
in_forked_child(lambda: print("second", flush=True))
if os.fork() == 0:
    if os.fork() == 0:
        print("grandchild", flush=True)
    else:
        os.wait()
    os._exit(0)
os.wait()
print("parent")
"""
    assert run(program).split() == ["second", "first", "grandchild", "parent"]


def test_an_unregistered_function_is_not_called():
    program = """
import os
from adaptor_runtime.ipc._own_process.forked_child import in_forked_child
in_forked_child(lambda: print("called", flush=True))()
if os.fork() == 0:
    os._exit(0)
os.wait()
print("parent")
"""
    assert run(program) == "parent\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, HANGUP])
def test_a_signal_that_arrives_while_a_child_lets_go_is_not_one_to_the_parent_and_ends_the_child(number):
    program = f"""
import os, queue, signal, threading
from adaptor_runtime.ipc._own_process.forked_child import in_forked_child
from adaptor_runtime.ipc._own_process.signals import SignalRecord
events = queue.SimpleQueue()
def fork():
    if os.fork() == 0:
        os._exit(0)
with SignalRecord(events.put):
    in_forked_child(lambda: os.kill(os.getpid(), {number.value}))  # called before the record lets go
    thread = threading.Thread(target=fork)
    thread.start()
    thread.join()
    print(os.waitstatus_to_exitcode(os.wait()[1]))
print(events.empty())
"""
    code, is_empty = run(program).split()
    assert code == str(-number.value)
    assert is_empty == "True"


def test_the_signals_of_the_forking_thread_are_let_through_again():
    forked = in_forked_child(lambda: None)
    former = signal.pthread_sigmask(signal.SIG_BLOCK, ())

    def fork():
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
        masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, ()))

    masks = []
    thread = threading.Thread(target=fork)
    thread.start()
    thread.join()
    forked()
    assert masks == [former]
