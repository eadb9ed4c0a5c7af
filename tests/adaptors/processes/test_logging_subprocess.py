from __future__ import annotations

import io
import logging
import os
import re
import signal
import stat
import sys
import threading
import time
from pathlib import Path

import pytest
from adaptor_runtime.adaptors.output import RegexCallback, RegexHandler
from adaptor_runtime.adaptors.processes import LoggingSubprocess, _logging_subprocess, _registry
from adaptor_runtime.adaptors.processes._output_delivery import OutputDelivery
from adaptor_runtime.ipc._own_process.runtime_thread import RuntimeThread
from adaptor_runtime.ipc._processes import guardian
from adaptor_runtime.ipc._processes.process_tree import group_alive, wait_group
from adaptor_runtime.ipc._processes.typed_command import shell_text
from patience import SECONDS
from program_ends import ASKED, KILLED
from recorded_output import Recorder, collect, raise_error

pytestmark = pytest.mark.faults("Processes and output")

# What a program needs of the environment.
SYSTEM = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}

PRINTS_ITS_STRANGER = """
import os, signal
ended, stranger_s_parent = os.pipe()
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:  # a daemon: its parent ends
        os.close(stranger_s_parent)
        os.read(ended, 1)
        os.write(1, b"%d\\n" % os.getpid())
        signal.pause()
    os._exit(0)
os.close(stranger_s_parent)
os.wait()
"""


def kill(pid):
    os.kill(pid, signal.SIGKILL)


# The end of an application


def test_wait_gives_the_exit_code(shell):
    process = shell("exit 7")
    assert process.wait() == process.returncode == 7
    assert process.exit_description == "exited with 7"


@pytest.mark.posix("there are no signals")
def test_the_signal_that_ended_it_is_named(shell):
    process = shell("kill -SEGV $$")
    assert process.wait() == -signal.SIGSEGV
    assert process.exit_description == "was ended by SIGSEGV (signal 11)"


def test_it_is_running_until_it_has_ended(shell):
    process = shell("read line")
    assert process.is_running is True
    assert process.returncode is None
    assert process.exit_description == "is running"
    assert f"{process.pid} is running" in repr(process)
    process.wait()
    assert process.is_running is False


def test_wait_closes_the_standard_input(python, sink):
    process = python("import sys; print(repr(sys.stdin.read()))")
    assert process.wait(timeout_s=20) == 0
    assert sink.stdout == b"''\n"


def test_wait_gives_up_when_its_time_is_over(shell):
    assert shell("sleep 100").wait(timeout_s=0.05) is None


def test_the_end_of_a_with_block_waits(shell, sink):
    with shell("sleep 0.1; echo done") as process:
        pass
    assert process.returncode == 0
    assert sink.stdout == b"done\n"


def test_an_exception_in_a_with_block_ends_the_application(shell):
    process = shell("sleep 100")
    with pytest.raises(KeyError), process:
        raise KeyError
    assert process.returncode in ASKED


def test_wait_returns_after_the_last_output(python, sink):
    for _ in range(5):
        sink.blocks.clear()
        python("import os; os.write(1, b'x' * 79 + b'\\n'); os.write(1, (b'y' * 79 + b'\\n') * 2000)").wait()
        assert len(sink.stdout) == 80 * 2001


def test_the_application_may_close_its_output_and_continue(shell, sink):
    process = shell("exec >&- 2>&-; sleep 0.2; exit 5")
    assert process.wait() == 5
    assert sink.blocks == []


# Starting


def test_an_empty_command_is_rejected():
    with pytest.raises(ValueError, match="args is empty"):
        LoggingSubprocess(args=[])


@pytest.mark.faults("Authors' classes")
@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"args": "echo hello"}, "args is a single str; write a list with one item per argument"),
        ({"args": ["echo", b"hello"]}, "argument 1 is a value of type bytes"),
        ({"args": [5]}, "the executable is a value of type int"),
        ({"args": ["", "a"]}, "the executable, the first of args, is an empty text"),
        ({"args": ["echo", "a\0b"]}, "argument 1 has a null character"),
        pytest.param(
            {"args": ["echo", "\ud800"]},
            "argument 1 has a character that the system cannot pass on",
            marks=pytest.mark.posix("a text may have half a character there"),
        ),
        ({"args": ["echo"], "environment": {"SHOT": "a\0b"}}, "the environment variable SHOT has a null character"),
        ({"args": ["echo"], "environment": {"A=B": "a"}}, "'A=B' cannot be the name of an environment variable"),
        ({"args": ["echo"], "startup_directory": "a\0b"}, "the startup directory has a null character"),
    ],
)
def test_what_no_application_can_be_started_with_is_named(wrong, said):
    with pytest.raises((TypeError, ValueError)) as refused:
        LoggingSubprocess(**wrong)
    assert said in str(refused.value)


@pytest.mark.posix("names are bytes there")
def test_paths_and_texts_that_do_not_decode_are_passed_on(sink, tmp_path):
    environment = {"FOLDER": tmp_path, "PATH": os.defpath}
    LoggingSubprocess(
        args=[Path("/bin/sh"), "-c", 'echo $FOLDER "$1"', "sh", "\udcff"], environment=environment, emit_output=sink
    ).wait()
    assert sink.stdout == f"{tmp_path} \\xff\n".encode()


def test_an_unknown_encoding_is_rejected_before_anything_is_started(tmp_path):
    with pytest.raises(LookupError):
        LoggingSubprocess(args=["touch", tmp_path / "started"], encoding="no-such")
    assert not (tmp_path / "started").exists()


def test_a_missing_executable_is_reported_with_the_search_path(monkeypatch):
    monkeypatch.setenv("PATH", "/some/where")
    with pytest.raises(FileNotFoundError, match="PATH, which is /some/where: 'no-such'"):
        LoggingSubprocess(args=["no-such"])


def test_a_missing_startup_directory_is_reported_as_such():
    with pytest.raises(FileNotFoundError, match="startup directory does not exist: '/no/such'"):
        LoggingSubprocess(args=["true"], startup_directory="/no/such")


@pytest.mark.posix("only there a script names its interpreter")
def test_a_script_without_its_interpreter_is_reported_as_such(tmp_path):
    script = tmp_path / "tool"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(stat.S_IRWXU)
    with pytest.raises(FileNotFoundError, match="interpreter in its first line"):
        LoggingSubprocess(args=[script])


def test_directory_and_environment_are_the_applications(shell, sink, tmp_path):
    shell("pwd; echo $SHOT", startup_directory=tmp_path, environment={**SYSTEM, "SHOT": "010"}).wait()
    assert sink.stdout.decode() == f"{tmp_path}\n010\n"


def test_the_command_is_logged_before_its_output(caplog):
    caplog.set_level(logging.INFO)
    logger = logging.getLogger("tests.render")
    command = [sys.executable, "-S", "-c", "print('two words')"]
    LoggingSubprocess(args=command, logger=logger).wait()
    assert caplog.record_tuples == [
        ("tests.render", logging.INFO, f"Running command: {shell_text(command)}"),
        ("tests.render", 41, "two words"),
    ]


@pytest.mark.posix("looks at descriptors in /proc")
def test_the_application_inherits_no_descriptor(python, sink):
    guardian.prepare()
    with open(os.devnull, "rb"):
        python(
            "import os; print(sorted(map(int, os.listdir('/proc/self/fd')))[:3], len(os.listdir('/proc/self/fd')))"
        ).wait()
    assert sink.stdout == b"[0, 1, 2] 4\n"  # the fourth is the listing's own


@pytest.mark.posix("there are no sessions")
def test_the_application_leads_its_own_session(python, sink):
    process = python("import os; print(os.getsid(0), os.getpgrp())")
    process.wait()
    assert sink.stdout.decode() == f"{process.pid} {process.pid}\n"


@pytest.mark.posix("looks at descriptors in /proc")
def test_no_descriptor_stays_open(shell):
    shell("true").wait()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        shell("echo; echo >&2").wait()
    assert len(os.listdir("/proc/self/fd")) == before


# Lines


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        (b"one\\ntwo", b"one\ntwo\n"),
        (b"a\\xe2\\x80\\xa8b\\xc2\\x85c\\x0cd\\x0be\\x1cf\\n", "a\u2028b\x85c\\x0cd\\x0be\\x1cf\n".encode()),
        (b"1%\\r2%\\r3%\\r\\ndone\\r\\n", b"1%\n3%\ndone\n"),
        (b"nul \\x00 here\\n", b"nul \\x00 here\n"),
        (b"\\x1b[31mred\\x1b[0m \\x1b]0;title\\x07 \\tend\\n", b"red  \tend\n"),
        (b"\\xff\\xfe caf\\xc3\\xa9\\n", "\\xff\\xfe café\n".encode()),
        (b"", b""),
    ],
)
def test_lines_arrive_as_they_were_written(python, sink, written, lines):
    python(f"import os; os.write(1, b'{written.decode()}')").wait()
    assert sink.stdout == lines


def test_another_encoding_arrives_as_utf_8(python, sink):
    python("import os; os.write(1, 'caf\\xe9\\nna\\xefve'.encode('utf-16'))", encoding="utf-16").wait()
    assert sink.stdout.decode() == "café\nnaïve\n"


def test_ten_megabytes_without_an_end_of_line_arrive_in_pieces(python, sink):
    python("import sys; [sys.stdout.write('x' * 1_000_000) for _ in range(10)]").wait()
    pieces = sink.stdout.split(b"\n")
    assert b"".join(pieces) == b"x" * 10_000_000
    assert max(map(len, pieces)) == 60_000
    assert max(len(block) for _, block in sink.blocks) < 200_000


def test_a_progress_bar_is_seen_while_it_is_drawn(python, sink):
    process = python("import sys; sys.stdout.write('50%\\r'); sys.stdout.flush(); sys.stdin.read()")
    sink.wait_for(b"50%\n")
    process.wait()


def test_the_last_twenty_lines_are_kept(shell):
    process = shell("seq 1 5000; echo no end >&2; printf end")
    process.wait()
    assert len(process.last_lines) == 20
    assert {"5000", "no end", "end"} <= set(process.last_lines)


def test_both_streams_are_distinguished(shell, sink):
    shell("echo out; echo err >&2").wait()
    assert (sink.of("stdout"), sink.of("stderr")) == (b"out\n", b"err\n")


# Handlers


def test_a_handler_gets_the_lines_and_they_are_also_emitted(shell, sink):
    calls = []
    shell("seq 1 30", stdout_handler=collect("^.5$", calls)).wait()
    assert calls == ["15", "25"]
    assert sink.stdout.split() == [b"%d" % number for number in range(1, 31)]


def test_a_matched_line_has_been_emitted_and_no_later_one_has_when_its_callback_runs(shell, sink):
    seen = []
    callback = RegexCallback([re.compile("50|70")], lambda match: seen.append(sink.stdout))
    shell("seq 1 100", stdout_handler=RegexHandler([callback])).wait()
    assert [lines.split()[-1] for lines in seen] == [b"50", b"70"]


def test_another_kind_of_handler_gets_a_record_for_each_line(shell):
    handler = Recorder()
    logger = logging.getLogger("tests.render")
    shell("echo 100%s; echo bad >&2", logger=logger, stdout_handler=handler, stderr_handler=handler).wait()
    assert sorted((record.levelname, record.getMessage(), record.name) for record in handler.records) == [
        ("STDERR", "bad", "tests.render"),
        ("STDOUT", "100%s", "tests.render"),
    ]


def test_a_handler_of_a_higher_level_gets_nothing(shell, sink):
    handler = Recorder(logging.CRITICAL)
    shell("echo line", stdout_handler=handler).wait()
    assert handler.records == []
    assert sink.stdout == b"line\n"


def test_an_overridden_emit_gets_records(shell):
    class Counting(RegexHandler):
        count = 0

        def emit(self, record):
            self.count += 1
            super().emit(record)

    calls = []
    handler = Counting(collect("2", calls).regex_callbacks)
    shell("seq 1 3", stdout_handler=handler).wait()
    assert (handler.count, calls) == (3, ["2"])


def test_a_filter_is_asked(shell):
    calls = []
    handler = collect(".", calls)
    handler.addFilter(lambda record: record.getMessage() != "2")
    shell("seq 1 3", stdout_handler=handler).wait()
    assert calls == ["1", "3"]


def test_one_handler_for_both_streams_is_never_called_twice_at_a_time(python):
    busy = threading.Lock()
    calls = []

    def callback(match):
        assert busy.acquire(blocking=False)
        calls.append(match[0])
        busy.release()

    handler = RegexHandler([RegexCallback([re.compile("out|err")], callback)])
    process = python(
        "import sys\nfor _ in range(500):\n print('out', flush=True)\n print('err', file=sys.stderr, flush=True)",
        stdout_handler=handler,
        stderr_handler=handler,
    )
    process.wait()
    assert process.callback_error is None
    assert (calls.count("out"), calls.count("err")) == (500, 500)


def test_a_callback_that_raises_neither_blocks_the_application_nor_loses_output(python, sink):
    handler = RegexHandler([RegexCallback([re.compile("line .*")], raise_error)])
    process = python("for number in range(4000): print('line', number, 'x' * 70)", stdout_handler=handler)
    assert process.wait(timeout_s=60) == 0
    assert len(sink.stdout) > 300_000
    assert sink.stdout.count(b"\n") == 4000
    assert isinstance(process.callback_error, ValueError)
    assert str(process.callback_error).startswith("line 0 ")


def test_a_callback_that_exits_is_an_error_like_any_other(shell):
    process = shell("echo line", stdout_handler=RegexHandler([RegexCallback([re.compile("line")], sys.exit)]))
    assert process.wait() == 0
    assert isinstance(process.callback_error, SystemExit)


def test_a_sink_that_raises_does_not_block_the_application(shell):
    def full(name, block):
        raise OSError("disk full")

    process = shell("seq 1 100000", emit_output=full)
    assert process.wait(timeout_s=60) == 0
    assert str(process.callback_error) == "disk full"


def test_a_callback_may_end_the_application(shell):
    ended = threading.Event()

    def end(match):
        process.terminate(grace_time_s=10)
        ended.set()

    ready = threading.Event()
    handler = RegexHandler([RegexCallback([re.compile("fatal")], lambda match: ready.wait() and end(match))])
    process = shell("echo fatal; sleep 100", stdout_handler=handler)
    ready.set()
    assert process.wait(timeout_s=20) in ASKED
    assert ended.is_set()


def test_a_callback_cannot_wait_for_its_own_application(shell):
    ready = threading.Event()
    results = []

    def callback(match):
        ready.wait()
        results.append(process.flush_output())
        process.wait()

    process = shell("echo line", stdout_handler=RegexHandler([RegexCallback([re.compile("line")], callback)]))
    ready.set()
    assert process.wait(timeout_s=20) == 0
    assert results == [False]
    assert isinstance(process.callback_error, RuntimeError)


# The barrier


@pytest.mark.posix("a FIFO tells that it has written; tests/windows/test_output.py does the same")
def test_after_a_flush_all_that_was_written_before_it_has_been_emitted(python, sink, tmp_path):
    written, go_on = tmp_path / "written", tmp_path / "go_on"
    os.mkfifo(written)
    os.mkfifo(go_on)
    process = python(
        "import sys\n"
        "for number in range(50):\n"
        "    print('x' * 1000 * (number % 40), number, flush=True)\n"
        f"    open({str(written)!r}, 'w').close()\n"
        f"    open({str(go_on)!r}).read()\n"
    )
    for number in range(50):
        written.read_text()
        assert process.flush_output() is True
        assert sink.stdout.endswith(b" %d\n" % number)
        go_on.write_text("")
    process.wait()


def test_a_flush_ends_though_the_application_never_stops_writing(shell):
    process = shell("yes")
    assert process.flush_output(timeout_s=20) is True


@pytest.mark.posix("a FIFO tells that it has written; tests/windows/test_output.py does the same")
def test_a_flush_also_emits_an_unfinished_line(python, sink, tmp_path):
    written = tmp_path / "written"
    os.mkfifo(written)
    process = python(
        f"import os, sys; os.write(1, b'ready\\nna\\xc3'); open({str(written)!r}, 'w').close(); sys.stdin.read(); "
        "os.write(1, b'\\xafve')"
    )
    written.read_text()
    assert process.flush_output() is True
    assert sink.stdout == b"ready\nna\n"
    process.wait()
    assert sink.stdout == "ready\nna\nïve\n".encode()


@pytest.mark.posix("only the thread that reads a pipe can look into it there")
def test_a_flush_without_output_wakes_no_thread(shell, sink, monkeypatch):
    process = shell("echo ready; read line")
    sink.wait_for(b"ready\n")
    assert process.flush_output() is True
    monkeypatch.setattr(process._reader._pipes, "wake", lambda: pytest.fail("the reader was woken"))
    assert process.flush_output() is True
    monkeypatch.undo()


def test_a_flush_after_the_end_returns_at_once(shell):
    process = shell("true")
    process.wait()
    assert process.flush_output() is True


def test_a_flush_is_bounded(shell):
    entered, release = threading.Event(), threading.Event()

    def stuck(match):
        entered.set()
        release.wait()

    process = shell("echo line", stdout_handler=RegexHandler([RegexCallback([re.compile("line")], stuck)]))
    entered.wait()
    try:
        assert process.flush_output(timeout_s=0.05) is False
    finally:
        release.set()


# Process groups


def test_a_process_left_behind_in_the_group_is_ended(shell, sink):
    process = shell("sleep 100 & echo $!", follow_launcher=False)
    assert process.wait(timeout_s=20) == 0
    assert group_alive(process.pid) is False


def test_a_process_left_behind_may_write_its_last_lines(shell, sink, tmp_path):
    ready = tmp_path / "ready"
    leftover = f"(trap 'echo saved; exit' TERM; : > {ready}; while :; do sleep 0.05; done) & "
    leftover += f"while [ ! -e {ready} ]; do sleep 0.01; done; echo started"
    process = shell(leftover, follow_launcher=False)
    process.wait()
    assert sink.stdout == b"started\nsaved\n"


def test_a_process_left_behind_that_ends_by_itself_is_not_asked(shell, sink):
    process = shell("(trap 'echo asked' TERM; sleep 0.1; echo late) & exit 0")
    process.wait()
    assert sink.stdout == b"late\n"


@pytest.mark.posix("there is no fork, and nothing leaves a job")
def test_a_process_outside_of_the_group_that_holds_the_pipe_does_not_block(python, sink):
    process = python(PRINTS_ITS_STRANGER + "os.write(1, b'end\\n')")
    assert process.wait(timeout_s=20) == 0
    numbers = [int(line) for line in sink.stdout.split() if line.isdigit()]
    for stranger in numbers:  # none when it had not got that far
        kill(stranger)
    assert b"end\n" in sink.stdout


@pytest.mark.posix("there is no fork, and nothing leaves a job")
def test_terminate_returns_though_a_process_outside_of_the_group_holds_the_pipe(python, sink):
    process = python(PRINTS_ITS_STRANGER + "signal.pause()")
    sink.wait_for(b"\n")
    process.terminate(grace_time_s=10)
    assert process.returncode in ASKED


def test_terminate_reaches_the_whole_group(shell):
    process = shell("sleep 100 & sleep 100 & wait")
    process.terminate(grace_time_s=10)
    assert process.returncode in ASKED
    assert group_alive(process.pid) is False


def test_terminate_kills_a_process_that_ignores_sigterm(shell, sink):
    process = shell("trap '' TERM; echo ready; while :; do sleep 1; done")
    sink.wait_for(b"ready\n")
    process.terminate(grace_time_s=0.2)
    assert process.returncode in KILLED


def test_the_last_lines_of_a_terminated_application_arrive(shell, sink):
    process = shell("trap 'echo saved; exit 9' TERM; echo ready; while :; do sleep 0.05; done")
    sink.wait_for(b"ready\n")
    process.terminate()
    assert process.returncode == 9
    assert sink.stdout == b"ready\nsaved\n"


def test_one_thread_terminates_while_another_waits(shell):
    process = shell("sleep 100")
    results = []
    waiter = threading.Thread(target=lambda: results.append(process.wait()))
    waiter.start()
    process.terminate(grace_time_s=10)
    waiter.join(SECONDS)
    assert results[0] in ASKED


def test_a_second_terminate_with_less_grace_cuts_the_first_short(shell, sink):
    process = shell("trap '' TERM; echo ready; while :; do sleep 1; done")
    sink.wait_for(b"ready\n")
    patient = threading.Thread(target=process.terminate)
    patient.start()
    process.terminate(grace_time_s=0)
    patient.join(SECONDS)
    assert not patient.is_alive()
    assert process.returncode in KILLED


def test_the_grace_of_terminate_is_also_that_of_the_others_in_the_group(shell, sink):
    process = shell(
        "(trap 'sleep 3; echo saved; exit' TERM; echo ready; while :; do sleep 0.05; done) & trap 'exit 0' TERM; wait"
    )
    sink.wait_for(b"ready\n")
    process.terminate(grace_time_s=20)
    assert sink.stdout == b"ready\nsaved\n"


def test_terminate_after_the_end_changes_nothing(shell):
    process = shell("exit 4")
    process.wait()
    process.terminate()
    process.terminate(grace_time_s=0)
    assert process.returncode == 4


def test_terminate_returns_though_a_callback_is_stuck(shell, monkeypatch):
    monkeypatch.setattr(_logging_subprocess, "_DELIVERY_SECONDS", 0.1)
    entered, release = threading.Event(), threading.Event()

    def stuck(match):
        entered.set()
        release.wait()

    process = shell("echo line; sleep 100", stdout_handler=RegexHandler([RegexCallback([re.compile("line")], stuck)]))
    entered.wait()
    try:
        process.terminate(grace_time_s=0)
        assert wait_group(process.pid, 0) is True
    finally:
        release.set()
    assert process.wait() in KILLED


def test_applications_do_not_disturb_each_other(shell):
    processes = [shell(f"sleep 0.{number}; exit {number}") for number in range(8)]
    assert [process.wait() for process in processes] == list(range(8))


def test_output_is_not_kept_in_memory(python):
    size = io.BytesIO()
    process = python("for _ in range(100_000): print('x' * 79)", emit_output=lambda name, block: size.write(block[:1]))
    process.wait()
    assert sum(map(len, process._recent_blocks)) < 2_000_000


def test_much_output_is_read_fast(python):
    total = [0]

    def count(name, block):
        total[0] += len(block)

    before = time.process_time()
    python("import os\nfor _ in range(1000): os.write(1, (b'x' * 79 + b'\\n') * 800)", emit_output=count).wait()
    assert total[0] == 64_000_000
    assert time.process_time() - before < 5


def test_a_reader_that_breaks_down_ends_the_application_and_is_a_failure(shell, monkeypatch):
    def break_down(delivery, data):
        raise KeyError("broken on purpose")

    monkeypatch.setattr(OutputDelivery, "feed", break_down)
    process = shell("echo hello; sleep 1000")
    process.wait()
    assert isinstance(process.callback_error, KeyError)
    assert process.asked_by == "the runtime, which cannot read its output"
    assert process.returncode in KILLED


def test_an_application_whose_output_nobody_can_read_is_ended_by_the_runtime(shell, monkeypatch):
    class Ends:
        def process_started(self, process):
            pass

        def process_ended(self, process):
            ended.append(process)

    def start(thread, start=RuntimeThread.start):
        if thread.name.startswith("output-"):
            raise RuntimeError("can't start new thread")
        start(thread)

    ended, listener = [], Ends()
    _registry.subscribe(listener)
    monkeypatch.setattr(RuntimeThread, "start", start)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        shell("sleep 1000")
    _registry.unsubscribe(listener)
    assert [process.asked_by for process in ended] == ["the runtime, which cannot read its output"]
    assert ended[0].returncode in KILLED
