"""Applications as jobs of Windows."""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys

import psutil
import pytest

if sys.platform != "win32":
    pytest.skip("needs Windows: the twins of other systems have tests of their own", allow_module_level=True)

from adaptor_runtime.adaptors import LoggingSubprocess
from adaptor_runtime.adaptors.command_line._pasted_path import pasted
from adaptor_runtime.ipc import _access_windows
from adaptor_runtime.ipc._own_process.signals import SignalRecord
from adaptor_runtime.ipc._processes import end_request_windows, process_tree_windows
from adaptor_runtime.ipc._processes.end_request import askable, request_end
from adaptor_runtime.ipc._processes.job_windows import Job
from adaptor_runtime.ipc._processes.process_handle_windows import ProcessHandle
from adaptor_runtime.ipc._processes.process_identity import start_time, wait_gone
from adaptor_runtime.ipc._processes.process_tree import (
    ASKING,
    CONTINUING,
    continue_process,
    end_group,
    group_alive,
    kill_group,
    kill_tree,
    lead_group,
    marked_processes,
    members,
    peek_exit,
    popen_options,
    process_name,
    reap,
    terminate_child,
    terminate_process,
    wait_group,
)
from adaptor_runtime.ipc._processes.spawn import end_rest, spawn_daemon
from adaptor_runtime.ipc._processes.typed_command import how_to_become, how_to_continue, shell_text

pytestmark = pytest.mark.timeout(300)

SECONDS = 60
SLEEP = "import time; time.sleep(600)"
ORPHAN = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {SLEEP!r}], stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
"""
RUNTIME = f"""
import os, subprocess, sys
from adaptor_runtime.ipc._processes import guardian
from adaptor_runtime.ipc._processes.process_tree import lead_group, popen_options
guardian.prepare()
command = [sys.executable, "-c", {SLEEP!r}]
leader = subprocess.Popen(command, stdin=subprocess.PIPE, **popen_options())
lead_group(leader, "m")
waiting = subprocess.Popen(command, stdin=subprocess.PIPE, **popen_options())  # it is killed before it leads a group
print(leader.pid, waiting.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def leader():
    started = []

    def leader(program, mark="mark.1"):
        process = subprocess.Popen(
            [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, **popen_options()
        )
        lead_group(process, mark)
        started.append(process)
        return process

    yield leader
    for process in started:
        kill_group(process.pid)
        reap(process)
        process.stdin.close()
        process.stdout.close()


def test_a_grandchild_whose_parent_has_ended_belongs_to_the_group(leader):
    process = leader(ORPHAN)
    orphan = int(process.stdout.readline())
    process.wait(SECONDS)
    assert members(process.pid) == [orphan]
    assert group_alive(process.pid)
    assert marked_processes("mark") == [orphan]
    assert marked_processes("mar") == []

    started = start_time(orphan)
    assert end_group(process.pid, 0)
    assert wait_gone(orphan, started, 0)
    assert not group_alive(process.pid)


def test_a_stranger_with_the_process_as_its_parent_is_no_member(leader):
    """A process number is given again: whoever has it as its parent's number need not descend from the leader."""
    process = leader(f"print('ready', flush=True); {SLEEP}")
    process.stdout.readline()
    with subprocess.Popen([sys.executable, "-c", SLEEP], stdin=subprocess.PIPE) as stranger:
        try:
            assert members(process.pid) == [process.pid]
            assert members(os.getpid()) == []
            kill_group(os.getpid())
            assert wait_group(process.pid, 0) is False
            assert stranger.poll() is None
        finally:
            stranger.kill()


def test_a_process_that_has_the_number_of_an_earlier_one_is_left_alone(leader):
    process = leader(f"print('ready', flush=True); {SLEEP}")
    process.stdout.readline()
    earlier = start_time(process.pid) - 1.0
    assert wait_gone(process.pid, earlier, 0)
    assert kill_tree(process.pid, earlier, 0)
    terminate_process(process.pid, earlier)
    continue_process(process.pid, earlier)
    assert process.poll() is None
    assert not wait_gone(process.pid, start_time(process.pid), 0)


def test_the_group_ends_with_the_last_handle_of_its_job(leader):
    process = leader(ORPHAN)
    orphan = int(process.stdout.readline())
    started = start_time(orphan)
    process.wait(SECONDS)
    assert reap(process) is None or process.returncode == 0
    assert wait_gone(orphan, started, SECONDS)


def test_applications_end_with_a_runtime_that_is_killed():
    with subprocess.Popen([sys.executable, "-c", RUNTIME], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as runtime:
        pids = [int(word) for word in runtime.stdout.readline().split()]
        identities = {pid: start_time(pid) for pid in pids}
        runtime.kill()
    assert len(identities) == 2
    for pid, started in identities.items():
        assert wait_gone(pid, started, SECONDS)


def test_a_job_that_lets_its_processes_live_does_not_end_them():
    with subprocess.Popen([sys.executable, "-c", SLEEP], stdin=subprocess.PIPE) as process:
        job = Job()
        job.add(int(process._handle))
        assert job.pids() == [process.pid]
        job.let_live()
        job.close()
        assert process.poll() is None
        process.kill()


def test_more_processes_than_expected_are_listed(leader):
    process = leader(
        "import subprocess, sys\n"
        "for _ in range(3):\n"
        f"    subprocess.Popen([sys.executable, '-c', {SLEEP!r}], stdout=subprocess.DEVNULL)\n"
        "print('ready', flush=True)\nsys.stdin.read()"
    )
    process.stdout.readline()
    assert len(members(process.pid)) == 4


def test_the_start_time_is_that_of_psutil_and_the_name_that_of_the_program():
    assert start_time(os.getpid()) == pytest.approx(psutil.Process().create_time(), abs=0.1)
    assert process_name(os.getpid()) == os.path.basename(sys.executable)
    assert start_time(0) is None


def test_what_a_user_is_told_to_type_is_for_this_system():
    assert shell_text([r"C:\Program Files\a.exe", "b"]) == r'"C:\Program Files\a.exe" b'
    assert pasted(r"C:\my files\connection.json") == r'"C:\my files\connection.json"'
    told = [how_to_become("RENDER\\nobody"), how_to_continue(12), ASKING, CONTINUING]
    assert told[0] == r'runas /user:"RENDER\nobody"'
    assert not any(word in text for text in told for word in ("kill", "SIG", "sudo", "'"))


def test_a_request_to_end_is_heard_by_the_innermost_record():
    outer, inner = queue.SimpleQueue(), queue.SimpleQueue()
    with SignalRecord(outer.put):
        with SignalRecord(inner.put):
            for _ in range(3):
                assert request_end(os.getpid())
                assert inner.get(timeout=SECONDS) == signal.SIGTERM
        assert request_end(os.getpid())
        assert outer.get(timeout=SECONDS) == signal.SIGTERM
    assert outer.empty()


def test_a_process_is_asked_to_end_by_an_event():
    heard = []
    assert not request_end(os.getpid())
    with SignalRecord(heard.append):
        assert request_end(os.getpid())
        while not heard:
            pass
    assert heard == [15]
    assert not request_end(os.getpid())


def test_an_event_that_another_user_has_made_requests_nothing(monkeypatch):
    name = end_request_windows._name(os.getpid())
    made = end_request_windows._created(name)
    heard = queue.SimpleQueue()
    judged = []
    monkeypatch.setattr(_access_windows, "judge", lambda *seen: judged.append(seen) or (seen[1], []))
    with SignalRecord(heard.put):
        assert request_end(os.getpid())
        assert [owner in (own, "S-1-5-32-544") for own, owner, _ in judged] == [True]
        end_request_windows._kernel.CloseHandle(made)
        assert not request_end(os.getpid())
    assert heard.empty()


LISTENER = f"""
import queue, sys
from adaptor_runtime.ipc._own_process.signals import SignalRecord
print("begun", flush=True)
sys.stdin.readline()
heard = queue.Queue()
with SignalRecord(heard.put):
    print("listens", flush=True)
    print(heard.get(timeout={SECONDS}), flush=True)
"""
LAUNCHER = f"import subprocess, sys; sys.exit(subprocess.call([sys.executable, '-c', {LISTENER!r}]))"


@pytest.mark.parametrize("program", [LISTENER, LAUNCHER], ids=["itself", "below-a-launcher"])
@pytest.mark.parametrize("is_patient", [True, False])
def test_a_child_hears_a_request_to_end_whichever_process_it_is(program, is_patient):
    environment = askable(os.environ)
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout.readline().split() == [b"begun"]
        if is_patient:  # it waits for a child that does not listen yet
            terminate_child(child, environment, is_patient=True)
        child.stdin.write(b"go\n")
        child.stdin.flush()
        assert child.stdout.readline().split() == [b"listens"]
        if not is_patient:
            terminate_child(child, environment)
        assert child.stdout.readline().split() == [b"15"]
    assert child.returncode == 0


def test_the_name_of_a_child_for_requests_is_not_handed_on_to_its_own_children():
    program = "import os; import adaptor_runtime.ipc._processes.end_request; print(*os.environ)"
    environment = askable(os.environ)
    seen = subprocess.check_output([sys.executable, "-c", program], env=environment, text=True).split()
    assert {*environment} - {*seen} == {*environment} - {*os.environ}
    assert len({*environment} - {*seen}) == 1


def test_a_daemon_that_is_not_ready_ends_with_its_launcher():
    output, ready = os.pipe(), os.pipe()
    program = f"import subprocess, sys; child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}], stdin=-3)\n"
    program += "print(child.pid, flush=True); sys.stdin.read()"
    launcher = spawn_daemon([sys.executable, "-c", program], dict(os.environ), output[1], ready[1])
    with open(output[0], "rb") as lines:
        daemon = int(lines.readline())
        started = start_time(daemon)
        launcher.stdin.close()
        launcher.wait(SECONDS)
        end_rest(launcher)
        assert wait_gone(daemon, started, 0)
    for end in (output[1], *ready):
        os.close(end)


KILLED_START = """
import os, sys
from adaptor_runtime.ipc._processes import spawn_windows
spawn_windows.Job.add = lambda *_: os._exit(9)  # as if it were killed as soon as the daemon is there
program = "import os, sys; print(os.getpid(), flush=True); sys.stdin.read()"
spawn_windows.spawn_daemon([sys.executable, "-c", program], dict(os.environ), 1, os.pipe()[1])
"""


def test_a_daemon_whose_start_is_killed_at_once_ends():
    with subprocess.Popen([sys.executable, "-c", KILLED_START], stdout=subprocess.PIPE) as start:
        daemon = int(start.communicate(timeout=SECONDS)[0])
        assert start.returncode == 9
    assert wait_gone(daemon, start_time(daemon) or 1.0, SECONDS)


def test_a_daemon_that_cannot_be_started_leaves_no_handle():
    output, ready = os.pipe(), os.pipe()
    counts = []
    for _ in range(2):
        for _ in range(5):
            with pytest.raises(FileNotFoundError):
                spawn_daemon([r"C:\no such program.exe"], dict(os.environ), output[1], ready[1])
        counts.append(psutil.Process().num_handles())
    assert counts[0] == counts[1]
    for end in (*output, *ready):
        os.close(end)


def test_how_a_leader_has_ended_is_known_before_it_is_reaped(leader):
    process = leader(ORPHAN + "sys.exit(3)")
    process.stdout.readline()
    with ProcessHandle(process.pid) as handle:
        assert handle.wait(SECONDS)
    assert group_alive(process.pid)
    assert peek_exit(process.pid) == 3
    assert process.returncode is None


@pytest.fixture
def batch_file(tmp_path):
    """A folder with a batch file `tool` in it, which passes its arguments on to a program that prints them."""
    folder = tmp_path / "two words"
    folder.mkdir()
    program = folder / "program.py"
    program.write_text("import sys; print(ascii(sys.argv[1:]))")
    (folder / "tool.cmd").write_text(f'@"{sys.executable}" -S "{program}" %*\n@exit /b 5\n')
    return folder


PASSED = ["two words", "a&b", "a|b", "<in>", "^", "C:\\two words\\", 'a"b', "", "(x)", "a;b,c"]
PERCENT = ["50%", "frame.%04d.exr"]


@pytest.mark.parametrize("name", ["tool", "tool.cmd", "tool.cmd ", "tool.cmd."])
@pytest.mark.parametrize(
    "given",
    [
        PASSED,
        pytest.param(PERCENT, marks=pytest.mark.not_wine("its shell expands again what it has put in place of %*")),
    ],
)
def test_a_batch_file_gets_its_arguments_as_they_are(batch_file, name, given):
    seen = []
    environment = {**os.environ, "PATH": f"{batch_file};{os.environ['PATH']}"}
    tool = "tool" if name == "tool" else os.path.join(batch_file, name)
    process = LoggingSubprocess(
        args=[tool, *given], environment=environment, emit_output=lambda _, block: seen.append(block)
    )
    assert process.wait() == 5
    assert b"".join(seen).decode() == f"{given!a}\n"


def run_tool(name, **variables):
    environment = {name: value for name, value in os.environ.items() if name != "PATH"}
    process = LoggingSubprocess(args=[name], environment={**environment, **variables}, emit_output=lambda *_: None)
    return process.wait()


@pytest.mark.parametrize("name", ["tool", "tool.cmd"])
def test_a_program_is_one_of_the_path_and_not_of_the_current_directory(batch_file, tmp_path, monkeypatch, name):
    here = tmp_path / "here"
    here.mkdir()
    for file in (name, "only_here.cmd"):
        (here / file).write_text("@exit /b 6\n")
    monkeypatch.chdir(here)
    assert run_tool(name, PATH=str(batch_file)) == 5
    for missing in ("only_here", "only_here.cmd"):
        with pytest.raises(FileNotFoundError, match="no such executable in PATH"):
            run_tool(missing, PATH=str(batch_file))


def test_a_folder_of_the_path_may_be_in_quotation_marks(batch_file):
    assert run_tool("tool", PATH=f'C:\\;"{batch_file}"') == 5


def test_names_of_variables_that_differ_in_case_are_one_variable_and_the_last_one_counts(batch_file):
    assert run_tool("tool", PATH="C:\\", Path=str(batch_file)) == 5
    seen = []
    program = "import os; print({name: value for name, value in os.environ.items() if name == 'SHOT'})"
    environment = {**os.environ, "SHOT": "010", "Shot": "020"}
    args = [sys.executable, "-c", program]
    LoggingSubprocess(args=args, environment=environment, emit_output=lambda _, block: seen.append(block)).wait()
    assert b"".join(seen).split(b"\n")[0] == b"{'SHOT': '020'}"


def test_a_program_beside_that_of_this_process_needs_no_path():
    assert run_tool(os.path.basename(sys.executable).removesuffix(".exe"), PATH="C:\\") == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a\nb"], "argument 1 has a line break"),
        (["%shot%"], "a batch file would replace %shot%"),
        (["100%", "SHOT:~0,1%"], None),
        (["%SHOT:~0,1%"], "a batch file would replace %SHOT%"),
    ],
)
def test_what_a_batch_file_cannot_get_is_refused(batch_file, arguments, said):
    environment = {**os.environ, "Shot": "010"}
    tool = str(batch_file / "tool.cmd")
    if said is None:
        LoggingSubprocess(args=[tool, *arguments], environment=environment, emit_output=lambda *_: None).wait()
        return
    with pytest.raises(ValueError, match=said):
        LoggingSubprocess(args=[tool, *arguments], environment=environment)


@pytest.mark.not_wine("CreateProcess takes a command line of 40 000 characters")
def test_a_command_that_is_too_long_names_the_limit_and_its_length_and_what_to_do():
    with pytest.raises(OSError, match=r"characters; the limit is 32767; write the arguments to a response_file\(\)"):
        LoggingSubprocess(args=[sys.executable, "x" * 40_000], emit_output=lambda *_: None)


@pytest.mark.parametrize(
    ("name", "said"),
    [("script", r"cannot be executed: it is not a program for this system: "), ("missing", r"\] no such executable: ")],
)
def test_of_a_file_that_cannot_be_started_the_first_line_is_not_mentioned(tmp_path, name, said):
    (tmp_path / "script").write_text("#!/bin/sh\n")
    with pytest.raises(OSError, match=said):
        LoggingSubprocess(args=[str(tmp_path / name)])


def test_only_a_leader_is_asked_through_the_console(monkeypatch):
    asked = []
    monkeypatch.setattr(process_tree_windows, "send_break", lambda pid: asked.append(pid) or True)
    with subprocess.Popen([sys.executable, "-c", SLEEP], **popen_options()) as leader:
        lead_group(leader, "mark")
        for pid in (leader.pid, os.getpid()):
            process_tree_windows.terminate_one(pid, lambda: True)
        assert asked == [leader.pid]
        kill_group(leader.pid)
        reap(leader)
