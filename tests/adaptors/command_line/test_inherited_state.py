"""What a command inherits from whoever starts it: signals, descriptors, the interpreter, the kind of program it is."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipapp

import psutil
import pytest
from command_line import Running
from patience import SECONDS

pytestmark = pytest.mark.faults("What the process inherited")

INHERITED_SIGNALS = pytest.mark.posix("a process inherits signals that are ignored or blocked")
PIDFD = pytest.mark.posix("a Python without os.pidfd_open")
WAYS = pytest.mark.parametrize("way", ["run", "daemon"])
SIGCHLD_IGNORED = "signal.signal(signal.SIGCHLD, signal.SIG_IGN)"
ALL_BLOCKED = "signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())"
ALL_IGNORED = (
    "for number in ('CHLD', 'TERM', 'INT', 'QUIT', 'USR1', 'USR2', 'ALRM', 'PIPE'):\n"
    "    signal.signal(getattr(signal, 'SIG' + number), signal.SIG_IGN)"
)
REAPER = """
import os, threading, time
def reap():
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            time.sleep(0.001)
threading.Thread(target=reap, daemon=True).start()
"""
SHOW_SIGNALS = """
import signal
blocked = signal.pthread_sigmask(signal.SIG_BLOCK, ())
ignored = {number.name for number in signal.Signals if signal.getsignal(number) is signal.SIG_IGN}
print("blocked", sorted(blocked), "ignored", sorted(ignored - {"SIGPIPE", "SIGXFSZ", "SIGXFZ"}))
"""


BECOME = (
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    if os.name == "posix"
    else "sys.exit(subprocess.call([sys.executable, *sys.argv[1:]]))"
)


@pytest.fixture
def begin(command_line):
    """Return a function that starts a command as a parent would that has done something before."""

    def begin(prelude, *arguments, adaptor="scripted:Scripted", options=(), **environment):
        named = ["--adaptor", adaptor] if adaptor else []
        program = f"import os, signal, subprocess, sys\n{prelude}\n{BECOME}"
        words = [json.dumps(word) if isinstance(word, dict) else str(word) for word in arguments]
        command = ["-c", program, *options, "-m", "adaptor_runtime", *named, *words]
        started = Running(command, {**command_line.environment, **environment}, command_line.directory, ())
        command_line.running.append(started)
        return started

    return begin


@pytest.fixture
def session(command_line, begin):
    """Return a function that runs a whole session in such a process; it returns the exit codes and what was said."""

    def session(prelude, way, init_data=None, run_data=None, **options):
        file = command_line.connection_file
        data = ["--init-data", init_data or {}], ["--run-data", run_data or {}]
        commands = [["run", *data[0], *data[1]]]
        if way == "daemon":
            where = ["--connection-file", file]
            commands = [["daemon", "start", *where, *data[0]], ["daemon", "run", *where, *data[1]]]
            commands.append(["daemon", "stop", *where])
        finished = [begin(prelude, *command, **options).finish() for command in commands]
        return [each.exit_code for each in finished], "".join(each.text for each in finished)

    return session


@INHERITED_SIGNALS
@WAYS
@pytest.mark.parametrize("prelude", [SIGCHLD_IGNORED, ALL_BLOCKED, ALL_IGNORED], ids=["SIGCHLD", "blocked", "ignored"])
@pytest.mark.parametrize(
    ("program", "said"),
    [("raise SystemExit(3)", "exited with 3"), ("import os; os.kill(os.getpid(), 11)", "SIGSEGV"), ("", "")],
    ids=["fails", "crashes", "succeeds"],
)
def test_the_exit_code_of_an_application_is_known_even_if_a_parent_ignores_signals(
    session, way, prelude, program, said
):
    codes, text = session(prelude, way, run_data={"program": program}, adaptor="commands:Commands")
    assert codes == ([1 if said else 0] if way == "run" else [0, 1 if said else 0, 0])
    assert said in text


@pytest.mark.posix("any thread can take the exit code of any child")
@WAYS
def test_an_exit_code_that_other_code_took_is_a_failure_with_the_reason(command_line, session, way):
    (command_line.directory / "reaping.py").write_text(f"from commands import Commands\n{REAPER}")
    codes, text = session("", way, run_data={"program": "raise SystemExit(3)"}, adaptor="reaping:Commands")
    failed = "unknown exit code" in text
    assert codes == ([1] if way == "run" else [0, 1, 0])
    assert failed or "exited with 3" in text  # either may be first


@INHERITED_SIGNALS
def test_an_exit_code_that_a_hook_took_is_a_failure_with_the_reason(command_line):
    (command_line.directory / "ignoring.py").write_text(
        "import signal\nfrom commands import Commands\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
    )
    finished = command_line.run({}, {"program": "raise SystemExit(3)"}, adaptor="ignoring:Commands")
    assert finished.exit_code == 1
    assert "unknown exit code" in finished.failures[0]


@INHERITED_SIGNALS
@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
@pytest.mark.parametrize("way", ["run", "daemon run", "daemon"])
def test_a_signal_that_a_parent_blocked_still_cancels(command_line, begin, name, way):
    import signal

    number = getattr(signal, name)
    where = ["--connection-file", command_line.connection_file]
    waiting = ["--run-data", {"on_run": {"wait_for_cancel": "in flight"}}]
    if way != "run":
        assert begin(ALL_BLOCKED, "daemon", "start", *where).finish().exit_code == 0
    command = begin(ALL_BLOCKED, *(["run"] if way == "run" else ["daemon", "run", *where]), *waiting)
    command.wait_for("in flight")
    if way == "daemon":
        daemon = command_line.daemon
        daemon.send_signal(number)
    else:
        command.signal(number)
    assert command.finish().exit_code == (130 if name == "SIGINT" else 143)
    if way == "daemon":
        psutil.wait_procs([daemon])
    if way != "run":
        assert command_line.stop().exit_code == 0


@INHERITED_SIGNALS
@WAYS
@pytest.mark.parametrize("prelude", [ALL_BLOCKED, ALL_IGNORED], ids=["blocked", "ignored"])
def test_applications_begin_with_clean_signals(session, way, prelude):
    _, text = session(prelude, way, run_data={"program": SHOW_SIGNALS}, adaptor="commands:Commands")
    assert "STDOUT: blocked [] ignored []" in text


@INHERITED_SIGNALS
def test_applications_begin_with_clean_signals_when_a_hook_has_blocked_some(command_line):
    (command_line.directory / "blocking.py").write_text(
        "import signal\nfrom commands import Commands as Base\n"
        "class Commands(Base):\n    def on_prerun(self):\n"
        "        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR1})\n"
    )
    finished = command_line.run({}, {"program": SHOW_SIGNALS}, adaptor="blocking:Commands")
    assert "STDOUT: blocked [] ignored []" in finished.lines


@INHERITED_SIGNALS
def test_a_hangup_that_is_ignored_stays_ignored(command_line, begin, release):
    import signal

    gate = command_line.gate("gate")
    run = begin("signal.signal(signal.SIGHUP, signal.SIG_IGN)", "run", "--run-data", {"on_run": {"wait_at": gate}})
    run.wait_for("waiting at")
    run.signal(signal.SIGHUP)
    release(gate)
    assert run.finish().exit_code == 0


CLOSED = [(0,), (1,), (2,), (1, 2), (0, 1, 2)]


@WAYS
@pytest.mark.parametrize("closed", CLOSED, ids=str)
def test_closed_standard_streams_change_only_what_is_shown(command_line, session, way, closed):
    prelude = "\n".join(f"os.close({descriptor})" for descriptor in closed)
    file = command_line.directory / "written"
    steps = {"say": "said", "say_as_error": "said as error", "write": "written\n", "child": "child"}
    program = f"open({str(file)!r}, 'a').write('application'); print('application')"
    data = {"on_run": {**steps, "application": program}}
    codes, text = session(prelude, way, {"on_start": {"say": "starting"}}, data)
    assert not any(codes)
    assert file.read_text() == "application"
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"]
    assert ("said\n" in text) == (1 not in closed)


@pytest.mark.parametrize("closed", CLOSED, ids=str)
@pytest.mark.parametrize("command", ["graph", "show-config", "no-such-command", "--help"])
def test_queries_and_mistakes_end_with_closed_standard_streams_as_with_open_ones(begin, command, closed):
    prelude = "\n".join(f"os.close({descriptor})" for descriptor in closed)
    expected = begin("", command).finish()
    finished = begin(prelude, command).finish()
    assert finished.exit_code == expected.exit_code
    if closed == (0,):
        assert finished.text == expected.text


SHOW_OPTIONS = (
    "import sys; from scripted import Scripted as Base\n"
    "class Scripted(Base):\n"
    "    def on_start(self):\n"
    "        print('flags', sys.flags.optimize, sys.flags.utf8_mode, sys.flags.dev_mode, sys.flags.isolated,\n"
    "              sys.flags.ignore_environment, sys.flags.no_user_site, sys.flags.dont_write_bytecode)\n"
    "        print('warnings', 'error::SyntaxWarning' in sys.warnoptions, sys._xoptions)\n"
    "        sys.stdout.flush()\n"
)


@pytest.mark.parametrize(
    "options",
    [["-O"], ["-OO"], ["-X", "utf8"], ["-X", "dev"], ["-E", "-s", "-B"], ["-W", "error::SyntaxWarning"], []],
    ids=" ".join,
)
def test_a_daemon_runs_with_the_options_of_the_interpreter(command_line, options):
    (command_line.directory / "showing.py").write_text(SHOW_OPTIONS)
    environment = {**command_line.environment}
    program = command_line.directory / "program.py"
    program.write_text(
        f"import sys; sys.path.insert(0, {environment['PYTHONPATH']!r})\n"
        "from adaptor_runtime import EntryPoint\nfrom showing import Scripted\nEntryPoint(Scripted).start()\n"
    )
    shown = []
    for words in (["run"], ["daemon", "start", "--connection-file", str(command_line.connection_file)]):
        running = Running([*options, str(program), *words], environment, command_line.directory, ())
        command_line.running.append(running)
        text = running.finish().text
        shown.append(re.findall(r"^(?:flags|warnings) .*", text, re.MULTILINE))
    assert len(shown[0]) == 2
    assert shown[0] == shown[1]
    assert command_line.stop().exit_code == 0


def test_an_isolated_daemon_is_isolated(command_line):
    (command_line.directory / "showing.py").write_text(SHOW_OPTIONS)
    program = command_line.directory / "program.py"
    program.write_text(
        f"import sys; sys.path[:0] = [{str(command_line.directory)!r}, {command_line.environment['PYTHONPATH']!r}]\n"
        "from adaptor_runtime import EntryPoint\nfrom showing import Scripted\nEntryPoint(Scripted).start()\n"
    )
    words = ["daemon", "start", "--connection-file", str(command_line.connection_file)]
    running = Running(["-I", str(program), *words], command_line.environment, command_line.directory, ())
    command_line.running.append(running)
    finished = running.finish()
    assert finished.exit_code == 0
    assert re.search(r"^flags 0 0 False 1 1 1", finished.text, re.MULTILINE)
    assert command_line.stop().exit_code == 0


MAIN = "from adaptor_runtime import EntryPoint\nfrom {module} import Scripted\nEntryPoint(Scripted).start()\n"
FUNCTION = "from adaptor_runtime import EntryPoint\nfrom scripted import Scripted as Base\nclass Scripted(Base): pass\n"


def make_program(kind, directory):
    """Make an adaptor's program of one kind; return what follows the name of the interpreter."""
    if kind == "script":
        (directory / "script.py").write_text(MAIN.format(module="scripted"))
        return [str(directory / "script.py")]
    folder = directory / "source"
    package = folder / "own_package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "adaptor.py").write_text(FUNCTION + "def main():\n    EntryPoint(Scripted).start()\n")
    if kind == "console script":
        (directory / "my-adaptor").write_text(
            f"import sys\nsys.path.insert(0, {str(folder)!r})\nfrom own_package.adaptor import main\nsys.exit(main())\n"
        )
        return [str(directory / "my-adaptor")]
    if kind == "package":
        (package / "__main__.py").write_text("from .adaptor import main\nmain()\n")
        return ["-m", "own_package"]
    (folder / "__main__.py").write_text(MAIN.format(module="own_package.adaptor"))
    if kind == "folder":
        return [str(folder)]
    archive = directory / "app.pyz"
    zipapp.create_archive(folder, archive)
    shutil.rmtree(folder)
    return [str(archive)]


@pytest.mark.parametrize("kind", ["script", "console script", "package", "folder", "archive"])
def test_every_kind_of_program_can_start_a_daemon(command_line, kind):
    program = make_program(kind, command_line.directory)
    path = f"{command_line.environment['PYTHONPATH']}{os.pathsep}{command_line.directory / 'source'}"
    where = ["--connection-file", str(command_line.connection_file)]
    for words in (["run"], ["daemon", "start", *where], ["daemon", "run", *where], ["daemon", "stop", *where]):
        environment = {**command_line.environment, "PYTHONPATH": path}
        running = Running([*program, *words], environment, command_line.directory, ())
        command_line.running.append(running)
        finished = running.finish()
        assert finished.exit_code == 0, finished
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"] * 2


def run_wrapper(command_line, text, **environment):
    """Run another program than the adaptor's own; return what it said."""
    make_program("package", command_line.directory)
    wrapper = command_line.directory / "wrapper.py"
    wrapper.write_text(
        "import sys\nfrom adaptor_runtime import EntryPoint\nfrom own_package.adaptor import Scripted\n" + text
    )
    path = f"{command_line.environment['PYTHONPATH']}{os.pathsep}{command_line.directory / 'source'}"
    environment = {**command_line.environment, "PYTHONPATH": path, "FILE": str(command_line.connection_file)}
    done = subprocess.run(
        [sys.executable, wrapper],
        env=environment,
        cwd=command_line.directory,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


WHOLE_SESSION = """
import logging, os, signal, structlog
file = ["--connection-file", os.environ["FILE"]]
before = signal.getsignal(signal.SIGTERM), sys.stdout, structlog.get_config(), logging.getLogger().handlers[:]
for words in (["run"], ["daemon", "start", *file], ["daemon", "run", *file], ["daemon", "stop", *file]):
    sys.argv = ["wrapper", *words]
    EntryPoint(Scripted).start()
    print("came back from", *words[:2], flush=True)
    os.write(1, b"written\\n")
assert before[:2] == (signal.getsignal(signal.SIGTERM), sys.stdout)
assert before[2:] == (structlog.get_config(), logging.getLogger().handlers)
"""


def test_another_program_continues_after_a_command_and_its_daemon_runs_the_package_of_the_adaptor(command_line):
    code, said, errors = run_wrapper(command_line, WHOLE_SESSION)
    assert code == 0, errors
    lines = said.splitlines()
    assert [line for line in lines if line.startswith("came back")] == [
        "came back from run",
        "came back from daemon start",
        "came back from daemon run",
        "came back from daemon stop",
    ]
    assert lines.count("written") == 4
    assert command_line.calls == ["constructor", "on_start", "on_run", "on_stop", "on_cleanup"] * 2


def test_another_program_learns_of_a_failure_by_the_exit_code_that_is_raised(command_line):
    text = """
data = '{"on_run": {"raise": "ValueError(1)"}}'
sys.argv = ["wrapper", "run", "--run-data", data]
try:
    EntryPoint(Scripted).start()
except SystemExit as error:
    print("ended with", error.code)
    sys.exit(9)
"""
    code, said, _ = run_wrapper(command_line, text)
    assert (code, "ended with 1" in said) == (9, True)


def test_a_function_of_the_package_that_a_test_calls_returns(command_line):
    make_program("package", command_line.directory)
    (command_line.directory / "test_it.py").write_text(
        "import sys\nfrom own_package.adaptor import main\n"
        "def test_it(monkeypatch):\n    monkeypatch.setattr(sys, 'argv', ['x', 'graph'])\n    main()\n"
    )
    path = f"{command_line.environment['PYTHONPATH']}{os.pathsep}{command_line.directory / 'source'}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py"],
        env={**command_line.environment, "PYTHONPATH": path},
        cwd=command_line.directory,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout


@pytest.fixture
def without_pidfd(tmp_path):
    """Return a folder for PYTHONPATH that makes every interpreter like one that was built without ``os.pidfd_open``."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text("import os\nif hasattr(os, 'pidfd_open'):\n    del os.pidfd_open\n")
    return folder


@PIDFD
def test_every_command_works_without_pidfd_open(command_line, without_pidfd):
    environment = {"PYTHONPATH": f"{without_pidfd}:{command_line.environment['PYTHONPATH']}"}
    check = {"raise": "ValueError('has it: ' + str(hasattr(os, 'pidfd_open')))"}
    program = "print('application')"
    data = {"on_run": {"application": program, "open_application": "print('ready'); input()"}}
    assert "has it: False" in command_line.run({}, {"on_run": check}, **environment).failures[0]
    assert command_line.start(**environment).exit_code == 0
    assert command_line.task(data, **environment).exit_code == 0
    listed = command_line("daemon", "status", "--connection-file", command_line.connection_file, **environment)
    assert listed.exit_code == 0
    assert command_line.stop(**environment).exit_code == 0
    assert command_line.start(**environment).exit_code == 0
    command_line.daemon.kill()
    assert command_line.stop(**environment).exit_code == 0


@PIDFD
def test_the_guardian_works_without_pidfd_open(command_line, without_pidfd):
    environment = {"PYTHONPATH": f"{without_pidfd}:{command_line.environment['PYTHONPATH']}"}
    program = "import signal; print('ready', flush=True); signal.pause()"
    run = command_line.begin_run(
        {"on_start": {"open_application": program}}, {"on_run": {"expect": "now"}}, **environment
    )
    run.wait_for("now")
    run.process.kill()
    run.process.wait()
    _, left = psutil.wait_procs(command_line.processes(), timeout=SECONDS)
    assert not left


def without_proc(*command):
    """Return a command that runs where no /proc is mounted; None where that cannot be made."""
    wrapped = ["unshare", "-Urm", "sh", "-c", 'mount -t tmpfs none /proc && exec "$@"', "sh"]
    try:
        subprocess.run([*wrapped, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("a process without /proc cannot be made here")
    return [*wrapped, *command]


@pytest.mark.posix("/proc")
@pytest.mark.parametrize("words", [["run"], ["daemon", "start"]])
def test_a_session_without_proc_is_refused_in_one_line(command_line, words):
    command = without_proc(sys.executable, "-m", "adaptor_runtime", "--adaptor", "scripted:Scripted", *words)
    environment = command_line.environment
    done = subprocess.run(
        command, env=environment, cwd=command_line.directory, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "mount /proc" in done.stdout
    assert len((done.stdout + done.stderr).splitlines()) == 1
    assert command_line.calls == []
