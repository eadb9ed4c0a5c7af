"""An author's code changes what the whole process shares with the runtime: its limits, signals and functions."""

from __future__ import annotations

import signal
import subprocess
import sys

import psutil
import pytest

pytestmark = pytest.mark.faults("The runtime's own thread")

MODULE = """
import os, signal, socket, sys, threading
from adaptor_runtime import Adaptor, SemanticVersion

exec(os.environ.get("AT_IMPORT", ""))

def note(hook):
    with open(os.environ["CALLS_FILE"], "a") as file:
        file.write(hook + "\\n")

class Mine(Adaptor):
    data_version = SemanticVersion(1, 0)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.canceled = threading.Event()

    def at(self, hook, **names):
        note(hook)
        exec(os.environ.get(hook, ""), {**globals(), "self": self, **names})

    def on_start(self): self.at("on_start")
    def on_run(self, run_data): self.at("on_run")
    def on_stop(self): self.at("on_stop")
    def on_cleanup(self): self.at("on_cleanup")
    def on_cancel(self):
        self.at("on_cancel")
        self.canceled.set()
"""
HOOKS = ["on_start", "on_run", "on_stop", "on_cleanup"]
WAYS = pytest.mark.parametrize("way", ["run", "daemon"])
EACH_HOOK = pytest.mark.parametrize("hook", HOOKS)
WAIT = "print('in flight', flush=True)\nself.canceled.wait()"


@pytest.fixture
def mine(command_line):
    (command_line.directory / "mine.py").write_text(MODULE)
    command_line.adaptor = "mine:Mine"
    return command_line


def run_session(mine, way, **code):
    """Run a whole session; return each command that has finished."""
    if way == "run":
        return [mine.run(**code)]
    finished = [mine.start(**code)]
    if finished[0].exit_code == 0:
        finished.append(mine.task())
    return [*finished, mine.stop()]


@pytest.mark.parametrize("limit", [20, 30, 40, 60])
@EACH_HOOK
@WAYS
def test_a_recursion_limit_that_is_too_low_stops_no_session(mine, way, hook, limit):
    finished = run_session(mine, way, **{hook: f"sys.setrecursionlimit({limit})"})
    assert {each.exit_code for each in finished} <= {0, 1}
    assert mine.calls[-2:] == ["on_stop", "on_cleanup"]


def blocking(place):
    """Return the code of an adaptor that blocks all signals at one place, and waits in ``on_run`` for the cancel."""
    code = {place: "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())"}
    return {**code, "on_run": f"{code.get('on_run', '')}\n{WAIT}"}


@pytest.mark.posix("signals can be blocked")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("place", ["AT_IMPORT", "on_start", "on_run"])
def test_a_signal_that_the_author_blocked_cancels_a_run(mine, name, place):
    run = mine.begin_run(**blocking(place))
    run.wait_for("in flight")
    run.signal(getattr(signal, name))
    assert run.finish().exit_code == (130 if name == "SIGINT" else 143)
    assert sorted(mine.calls) == sorted([*HOOKS, "on_cancel"])


@pytest.mark.posix("signals can be blocked")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize("place", ["AT_IMPORT", "on_start", "on_run"])
def test_a_signal_that_the_author_blocked_cancels_the_task_of_a_daemon(mine, name, place):
    assert mine.start(**blocking(place)).exit_code == 0
    task = mine.begin_task()
    task.wait_for("in flight")
    daemon = mine.daemon
    daemon.send_signal(getattr(signal, name))
    assert task.finish().exit_code == (130 if name == "SIGINT" else 143)
    psutil.wait_procs([daemon])
    assert mine.stop().exit_code == 0
    assert sorted(mine.calls) == sorted([*HOOKS, "on_cancel"])


ENDS = {
    "os._exit(0)": "os._exit(0) was called",
    "os._exit(7)": "os._exit(7) was called",
    "os.abort()": "os.abort() was called",
    "os.execv(sys.executable, ['python'])": "os.execv() was called",
    "os.execlp(sys.executable, 'python')": "was called",
    "os.execvpe(sys.executable, ['python'], {})": "was called",
}
PLACES = {
    "hook": "{end}",
    "thread": "thread = threading.Thread(target=lambda: {end})\nthread.start()\nthread.join()",
    "pool": (
        "from concurrent.futures import ThreadPoolExecutor\n"
        "with ThreadPoolExecutor() as pool: pool.submit(lambda: {end}).result()"
    ),
    "callback": (
        "from adaptor_runtime import RegexCallback, RegexHandler\n"
        "from adaptor_runtime.process import LoggingSubprocess\n"
        "import re\n"
        "handler = RegexHandler([RegexCallback([re.compile('7')], lambda match: {end})])\n"
        "with LoggingSubprocess(args=[sys.executable, '-S', '-c', 'print(7)'], stdout_handler=handler): pass"
    ),
    "exception": "class Odd(Exception):\n    def __str__(self): {end}\nraise Odd",
}


@WAYS
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("end", ENDS)
def test_a_call_that_would_end_the_process_is_a_failure_wherever_it_is_made(mine, way, place, end):
    finished = run_session(mine, way, on_run=PLACES[place].format(end=end))
    assert [each.exit_code for each in finished] == ([1] if way == "run" else [0, 1, 0])
    failure = finished[0 if way == "run" else 1].failures[0]
    assert ENDS[end] in failure or place == "exception"  # whose text is what cannot be had
    assert [call for call in mine.calls if call != "on_cancel"] == HOOKS


@pytest.mark.parametrize("place", ["hook", "thread"])
def test_on_cancel_that_calls_os_exit_ends_the_run_with_every_hook(mine, place):
    # on_cancel does not come to its end, so the hook is not told to return
    begun = "print('in flight', flush=True)\nself.canceled.wait(1)"
    run = mine.begin_run(on_run=begun, on_cancel=PLACES[place].format(end="os._exit(0)"))
    run.wait_for("in flight")
    run.signal(signal.SIGTERM)
    finished = run.finish()
    assert finished.exit_code in (1, 143)
    assert [call for call in mine.calls if call != "on_cancel"] == HOOKS


CHILD = {
    "fork and exit": "pid = os.fork()\nif not pid: os._exit(7)\nassert os.waitpid(pid, 0)[1] >> 8 == 7",
    "fork and exec": (
        "pid = os.fork()\nif not pid: os.execvp('sh', ['sh', '-c', 'exit 7'])\nassert os.waitpid(pid, 0)[1] >> 8 == 7"
    ),
    "multiprocessing": (
        "import multiprocessing\ncontext = multiprocessing.get_context('fork')\n"
        "process = context.Process(target=os._exit, args=(7,))\nprocess.start()\nprocess.join()\n"
        "assert process.exitcode == 7"
    ),
    "spawn": "assert os.spawnl(os.P_WAIT, sys.executable, 'python', '-c', 'exit(7)') == 7",
}
FORKS = pytest.mark.posix("fork")


@WAYS
@pytest.mark.parametrize("child", [name if name == "spawn" else pytest.param(name, marks=FORKS) for name in CHILD])
def test_a_forked_child_ends_and_replaces_itself_as_ever(mine, way, child):
    finished = run_session(mine, way, on_run=CHILD[child])
    assert {each.exit_code for each in finished} == {0}, finished
    assert mine.calls == HOOKS


GUEST = """
import os, sys
import mine
from adaptor_runtime import EntryPoint

def work():
    functions = os._exit, os.abort, os.execv, os.execve
    os.environ["on_run"] = sys.argv[1]
    sys.argv[1:] = ["run"]
    try:
        EntryPoint(mine.Mine).start()
    except SystemExit as error:
        print("ended with", error.code, flush=True)
    assert (os._exit, os.abort, os.execv, os.execve) == functions
    os._exit(9)
"""


@pytest.mark.parametrize("code", ["", "raise ValueError", "os._exit(0)", "sys.setrecursionlimit(30)"])
def test_after_a_session_another_program_has_its_functions_back(mine, code):
    (mine.directory / "guest.py").write_text(GUEST)
    program = [sys.executable, "-c", "import guest; guest.work()", code]
    done = subprocess.run(
        program, env=mine.environment, cwd=mine.directory, check=False, capture_output=True, encoding="utf-8"
    )
    assert done.returncode == 9, done
    assert ("ended with 1" in done.stdout) == (code in {"raise ValueError", "os._exit(0)"})
    assert mine.calls == HOOKS


@WAYS
@pytest.mark.parametrize("place", ["AT_IMPORT", "on_start"])
def test_a_default_timeout_of_sockets_shortens_no_task(mine, way, place):
    code = {place: "socket.setdefaulttimeout(0.2)"}
    code["on_run"] = "self.canceled.wait(1.5)\nprint('done')"
    finished = run_session(mine, way, **code)
    assert {each.exit_code for each in finished} == {0}, finished
    assert finished[0 if way == "run" else 1].count("done") == 1


LINK = """
from adaptor_runtime.application_ipc import ActionsQueue, AdaptorServer
from adaptor_runtime.process import LoggingSubprocess
from adaptor_runtime_client import Action
self.actions = ActionsQueue()
self.server = AdaptorServer(self.actions, self)
threading.Thread(target=self.server.serve_forever, daemon=True).start()
program = [sys.executable, "-c", APPLICATION, self.server.server_path]
with LoggingSubprocess(args=program):
    self.canceled.wait(1.0)
    print("result:", self.actions.enqueue_action(Action("work")).result())
    self.actions.enqueue_action(Action("close"))
self.server.shutdown()
"""
APPLICATION = """
import socket, sys, time
socket.setdefaulttimeout(0.2)
from adaptor_runtime_client import ClientInterface

class Application(ClientInterface):
    def __init__(self, path):
        super().__init__(path)
        self.actions["work"] = self.work
    def work(self, args):
        time.sleep(1.0)
        return self.map_path("/worked")
    def close(self, args): pass
    def graceful_shutdown(self, signum, frame): pass

Application(sys.argv[1]).poll()
"""


@WAYS
@pytest.mark.parametrize("place", ["AT_IMPORT", "on_start", "nowhere"])
def test_a_default_timeout_of_sockets_shortens_no_action(mine, way, place):
    code = {place: "socket.setdefaulttimeout(0.2)", "on_run": f"APPLICATION = {APPLICATION!r}\n{LINK}"}
    finished = run_session(mine, way, **code)
    assert {each.exit_code for each in finished} == {0}, finished
    assert "result: /worked" in finished[0 if way == "run" else 1].lines


LINES = """
from adaptor_runtime.process import LoggingSubprocess
with LoggingSubprocess(args=[sys.executable, "-c", "for number in range(1000): print('line', number)"]): pass
"""


@WAYS
@pytest.mark.parametrize("name", ["setprofile", "settrace"])
def test_a_profile_or_trace_function_that_raises_costs_no_line_of_an_application(mine, way, name):
    broken = f"def broken(*_): raise ValueError('broken')\nthreading.{name}(broken)"
    finished = run_session(mine, way, on_start=broken, on_run=LINES)
    task = finished[0 if way == "run" else 1]
    assert {each.exit_code for each in finished} == {0}
    assert [line for line in task.lines if "STDOUT" in line] == [f"STDOUT: line {number}" for number in range(1000)]
    assert mine.calls == HOOKS
