from __future__ import annotations

import _thread
import subprocess
import sys
import threading
import time

import pytest
from adaptor_runtime.ipc._errors import NoThreadError, SystemRefusalError
from adaptor_runtime.ipc._own_process import runtime_thread
from adaptor_runtime.ipc._own_process.runtime_thread import _LOOK_SECONDS, RuntimeThread
from patience import SECONDS

pytestmark = pytest.mark.faults("The runtime's own thread")


def no_thread(*_):
    raise RuntimeError("can't start new thread")


@pytest.fixture
def gate():
    """An event that every thread of the test waits for at most until its end."""
    event = threading.Event()
    yield event
    event.set()


def test_it_calls_its_target_with_the_arguments():
    seen = []
    thread = RuntimeThread(target=lambda *args: seen.append(args), args=(1, "two"))
    thread.start()
    thread.join()
    assert seen == [(1, "two")]


def test_it_is_alive_from_its_start_to_the_end_of_its_target(gate):
    thread = RuntimeThread(target=gate.wait, name="one")
    assert not thread.is_alive()
    assert repr(thread) == "<RuntimeThread one over>"
    thread.start()
    assert thread.is_alive()
    assert repr(thread) == "<RuntimeThread one alive>"
    gate.set()
    thread.join()
    assert not thread.is_alive()


@pytest.mark.parametrize("seconds", [-1, 0, 0.05])
def test_a_join_with_a_limit_returns_while_the_thread_goes_on(gate, seconds):
    thread = RuntimeThread(target=gate.wait)
    thread.start()
    thread.join(seconds)
    assert thread.is_alive()


def test_a_join_may_have_a_limit_that_no_clock_reaches_and_be_called_again():
    thread = RuntimeThread(target=int)
    thread.start()
    for seconds in (1e300, None, 0):
        thread.join(seconds)
    assert not thread.is_alive()


def test_a_join_of_a_thread_that_has_not_started_returns():
    RuntimeThread(target=int).join()


def test_it_knows_whether_it_is_the_calling_thread():
    seen = []
    thread = RuntimeThread(target=lambda: seen.append((thread.is_current(), runtime_thread.current())))
    thread.start()
    thread.join()
    assert seen == [(True, thread)]
    assert not thread.is_current()
    assert runtime_thread.current() is None


def test_the_names_are_those_of_the_threads_that_run(gate):
    idents = []
    running = threading.Event()
    thread = RuntimeThread(
        target=lambda: (idents.append(threading.get_ident()), running.set(), gate.wait()), name="one"
    )
    thread.start()
    assert running.wait(SECONDS)
    assert runtime_thread.names()[idents[0]] == "one"
    gate.set()
    thread.join()
    assert idents[0] not in runtime_thread.names()


def test_a_start_for_which_the_system_has_no_thread_raises_and_leaves_nothing_to_wait_for(monkeypatch):
    thread = RuntimeThread(target=int)
    with monkeypatch.context() as patch:
        patch.setattr(_thread, "start_new_thread", no_thread)
        with pytest.raises(NoThreadError, match="can't start new thread") as raised:
            thread.start()
    assert isinstance(raised.value, (SystemRefusalError, RuntimeError))
    assert not thread.is_alive()
    thread.join()
    thread.start()  # there may be one again
    thread.join()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_target_that_raises_ends_its_thread(monkeypatch):
    hooked = []
    monkeypatch.setattr(sys, "unraisablehook", hooked.append)
    thread = RuntimeThread(target=no_thread)
    thread.start()
    thread.join()
    assert not thread.is_alive()
    assert thread not in runtime_thread._running.values()


@pytest.mark.unmeasured
@pytest.mark.parametrize("name", ["setprofile", "settrace"])
def test_a_profile_or_trace_function_that_raises_does_not_affect_it(name):
    program = (
        "import threading\n"
        "from adaptor_runtime.ipc._own_process.runtime_thread import _LOOK_SECONDS, RuntimeThread\n"
        "def broken(*_): raise ValueError('broken')\n"
        f"threading.{name}(broken)\n"
        "seen = []\n"
        "def target(value): seen.append(value)\n"
        "thread = RuntimeThread(target=target, args=(1,))\n"
        "thread.start()\n"
        "thread.join()\n"
        "print(seen)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, timeout=SECONDS, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert done.stdout.split() == [b"[1]"]


@pytest.mark.unmeasured
def test_a_thread_that_dies_before_it_runs_is_not_waited_for_at_its_start():
    program = (
        "import _thread\n"
        "from adaptor_runtime.ipc._own_process.runtime_thread import _LOOK_SECONDS, RuntimeThread\n"
        "_thread.start_new_thread = lambda target, args: 0\n"  # what a thread does that finds no memory
        "RuntimeThread(target=int).start()\n"
        "print('started')\n"
    )
    began = time.monotonic()
    assert subprocess.check_output([sys.executable, "-c", program], timeout=SECONDS).split() == [b"started"]
    assert time.monotonic() - began < SECONDS


def test_a_start_can_be_waited_for():
    go_on = threading.Event()
    thread = RuntimeThread(target=go_on.wait)
    thread.start_and_wait()
    assert thread.is_alive()
    go_on.set()
    thread.join()
    assert not RuntimeThread(target=go_on.wait).is_alive()


def test_who_waits_for_a_start_is_told_that_the_thread_has_died_before_its_first_step(monkeypatch):
    monkeypatch.setattr("_thread.start_new_thread", lambda *_: 0)
    with pytest.raises(NoThreadError, match="memory"):
        RuntimeThread(target=print).start_and_wait()


def test_a_thread_that_gets_the_interpreter_late_has_not_died(monkeypatch):
    begin = _thread.start_new_thread

    def begin_late(target, args):
        begin(lambda *args: (time.sleep(4 * _LOOK_SECONDS), target(*args)), args)

    began = threading.Event()
    monkeypatch.setattr("_thread.start_new_thread", begin_late)
    RuntimeThread(target=began.set).start_and_wait()
    monkeypatch.undo()
    assert began.wait(SECONDS)
