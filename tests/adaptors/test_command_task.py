"""Commands that do not do what they say: real programs, judged by rules, exit codes, and outputs."""

from __future__ import annotations

import functools
import os
import re
import subprocess
import threading
import time

import pytest
from adaptor_runtime.adaptors import CommandAdaptor, ManagedProcess, RegexCallback, RegexHandler, SemanticVersion
from adaptor_runtime.adaptors._hosting.class_check import check_class
from adaptor_runtime.adaptors._messages.destination import send_to
from adaptor_runtime.adaptors._outcome import TaskCanceledError
from adaptor_runtime.adaptors.processes import ApplicationFailedError
from adaptor_runtime.adaptors.processes import _registry as registry
from adaptor_runtime.rules import done, failure, fatal, ignore, progress, status, warning
from adaptor_runtime_client._messages import Progress, StatusMessage
from patience import SECONDS
from program_ends import KILLED, SAYS_ASKED
from small_shell import shell_command

pytestmark = pytest.mark.faults("The application's life")

SHELL = shell_command("exit 0")[0]
PROMPT = 25.0  # seconds; far less than what would have to be waited for otherwise
LONG = 100


class Shell(ManagedProcess):
    def get_executable(self):
        return shell_command(self.run_data["script"])[0]

    def get_arguments(self):
        return shell_command(self.run_data["script"])[1:]


class Command(CommandAdaptor):
    """Runs the script in its run data, and records each call of ``on_postrun``."""

    data_version = SemanticVersion(1, 0)
    output_patience = 0.0
    process_class = Shell

    def get_managed_process(self, run_data):
        self.process = self.process_class(run_data)
        return self.process

    def expected_outputs(self, run_data):
        return run_data.get("outputs", ())

    def on_postrun(self, run_data, outcome):
        vars(self).setdefault("outcomes", []).append((run_data["script"], outcome.exit_code, outcome.message))


def command(*rules, **attributes):
    return type("Mine", (Command,), {"rules": list(rules), **attributes})({})


def failed(adaptor, script, *outputs):
    """Run a task that has to fail, and return the message."""
    with pytest.raises(ApplicationFailedError) as raised:
        adaptor.on_run({"script": script, "outputs": outputs})
    assert adaptor.outcomes == [(script, 1, str(raised.value))]
    return str(raised.value)


def succeeds(adaptor, script, *outputs):
    adaptor.on_run({"script": script, "outputs": outputs})
    assert adaptor.outcomes == [(script, 0, "")]


class Told:
    def __init__(self):
        self.events = []
        self.output = []

    def event(self, level, message):
        self.events.append(message)

    def own(self, level, text, fields):
        self.events.append((level, text, fields))


@pytest.fixture(autouse=True)
def told():
    told = Told()
    send_to(told)
    registry.set_output(lambda name, block: told.output.append(block))
    yield told
    registry.set_output(None)
    send_to(None)


# Exit codes that do not say what happened.


def test_a_command_that_exits_with_0_without_its_output_has_failed(tmp_path):
    assert failed(command(), "exit 0", tmp_path / "a.exr") == f"the expected output {tmp_path / 'a.exr'} is missing"


def test_an_output_that_an_earlier_task_left_is_no_success(tmp_path):
    old = tmp_path / "a.exr"
    old.write_text("old")
    os.utime(old, (1e9, 1e9))
    assert failed(command(), "exit 0", old) == f"the expected output {old} is old: the task did not write it"


def test_an_empty_output_is_no_success(tmp_path):
    assert failed(command(), f": > {tmp_path}/a.exr", tmp_path / "a.exr").endswith("a.exr is empty")


def test_an_output_that_is_written_again_is_a_success(tmp_path):
    (tmp_path / "a.exr").write_text("a")
    succeeds(command(), f"printf b > {tmp_path}/a.exr", tmp_path / "a.exr")


def test_an_output_that_arrives_late_is_waited_for(tmp_path):
    late = threading.Timer(0.3, (tmp_path / "a.exr").write_text, ["picture"])

    class Mine(Shell):
        def run(self, **options):
            super().run(**options)
            late.start()

    succeeds(command(output_patience=SECONDS, process_class=Mine), "exit 0", tmp_path / "a.exr")
    late.join()


def test_outputs_do_not_matter_after_another_failure(tmp_path):
    adaptor = command(output_patience=30.0)
    began = time.monotonic()
    assert (
        failed(adaptor, "echo no disk; exit 3", tmp_path / "a.exr") == f"{SHELL} exited with 3; its last line: no disk"
    )
    assert time.monotonic() - began < PROMPT


def test_outputs_may_be_generated_and_depend_on_the_run_data(tmp_path):
    class Mine(Command):
        def expected_outputs(self, run_data):
            for frame in run_data["frames"]:
                yield tmp_path / f"{frame}.exr"

    script = f"echo a > {tmp_path}/1.exr"
    with pytest.raises(ApplicationFailedError, match=r"2\.exr is missing"):
        Mine({}).on_run({"script": script, "frames": [1, 2]})


# Rules.


def test_a_line_that_means_failure_counts_more_than_exit_code_0():
    adaptor = command(failure(r"Error: (?P<message>.*)", name="blender-error"))
    message = failed(adaptor, "echo Error: no camera; echo saved; exit 0")
    assert message == "rule blender-error: Error: no camera"
    assert adaptor.process.process.returncode == 0  # it was not ended


def test_a_command_may_print_its_error_on_either_stream_and_in_colour():
    assert failed(command(failure("^Error")), r"printf '\033[31mError: red\033[0m\n' >&2") == (
        "rule failure-1: Error: red"
    )


def test_a_converter_that_reports_its_errors_only_on_standard_output_fails(tmp_path):
    source, target = tmp_path / "a.odt", tmp_path / "a.pdf"
    source.write_text("text")
    convert = (
        f'if [ -s "$1" ]; then echo "convert $1 -> {target} using filter : writer_pdf_Export"; cp "$1" {target};'
        ' else echo "Error: source file could not be loaded" >&2; fi; exit 0'
    )
    rules = [failure(r"^Error: (?P<message>.*)", name="office"), status(r"using filter : (\w+)")]
    succeeds(command(*rules), f"set -- {source}; {convert}", target)
    target.unlink()
    assert failed(command(*rules), f"set -- {tmp_path}/b.odt; {convert}", target).startswith(
        "rule office: Error: source file"
    )


def test_a_fatal_line_ends_the_command_at_once():
    adaptor = command(fatal("No license"))
    began = time.monotonic()
    assert failed(adaptor, f"echo No license; sleep {LONG}") == "rule fatal-1: No license"
    assert time.monotonic() - began < PROMPT
    assert adaptor.process.process.asked_by == "the rule fatal-1"


def test_progress_status_and_warnings_are_reported_while_the_command_runs(told):
    rules = [progress(r"(\d+)%"), status("frame .*"), warning("low .*"), ignore("low risk")]
    succeeds(command(*rules), "echo frame 3; echo 50%; echo low risk; echo low memory")
    warned = ("WARNING", "low memory", {"rule": "warning-1"})
    assert [event for event in told.events if event[:1] != ("INFO",)] == [
        StatusMessage("frame 3"),
        Progress(50.0),
        warned,
        Progress(100.0),
    ]


def test_an_author_s_own_handler_sees_what_it_saw_without_rules():
    def lines(*rules):
        seen = []
        handler = RegexHandler(
            [
                RegexCallback([re.compile("a")], lambda match: seen.append(f"1 {match.string}")),
                RegexCallback([re.compile("[ab]")], lambda match: seen.append(match.string), False, True),
            ]
        )

        class Mine(Shell):
            def __init__(self, run_data):
                super().__init__(run_data, stdout_handler=handler, stderr_handler=handler, merge_output=True)

        succeeds(command(*rules, process_class=Mine), "echo a; echo b; echo c; echo a >&2; printf prompt; printf ' b'")
        return seen

    expected = lines()
    assert expected == ["1 a", "b", "1 a", "prompt b"]
    heard = lines(ignore("^a"), status("[bc]"), progress("(never)"))
    assert heard == expected


def test_the_error_of_a_callback_is_raised_unchanged_and_a_rule_comes_first():
    def fail(match):
        raise ValueError(match[0])

    class Mine(Shell):
        def __init__(self, run_data):
            super().__init__(run_data, stdout_handler=RegexHandler([RegexCallback([re.compile("bad .*")], fail)]))

    adaptor = command(failure("worse"), process_class=Mine)
    with pytest.raises(ValueError, match="bad luck"):
        adaptor.on_run({"script": f"echo bad luck; sleep {LONG}"})
    assert adaptor.outcomes[0][1:] == (1, "ValueError: bad luck")
    adaptor.outcomes.clear()
    assert failed(adaptor, f"echo worse; echo bad luck; sleep {LONG}") == "rule failure-1: worse"


def test_the_error_of_a_callback_may_be_of_the_kind_that_the_runtime_raises():
    def fail(match):
        raise ApplicationFailedError("no such camera")

    class Mine(Shell):
        def __init__(self, run_data):
            super().__init__(run_data, stdout_handler=RegexHandler([RegexCallback(["bad"], fail)]))

    assert failed(command(done("bad"), process_class=Mine), f"echo bad; sleep {LONG}") == "no such camera"


# The work is done.


def test_exit_code_211_after_a_good_frame_is_a_success(tmp_path):
    script = f"echo picture > {tmp_path}/a.exr; echo Saved a.exr; exit 211"
    succeeds(command(done("^Saved")), script, tmp_path / "a.exr")
    assert failed(command(done("^Saved", exit_codes=(0, 3))), script, tmp_path / "a.exr") == (
        f"{SHELL} exited with 211; its last line: Saved a.exr"
    )
    assert failed(command(done("^Saved")), "echo nothing saved; exit 211").startswith(f"{SHELL} exited with 211")


def test_a_crash_after_the_work_is_done_is_a_success():
    succeeds(command(done("^Saved")), "ulimit -c 0; echo Saved; kill -SEGV $$")
    assert "SIGSEGV" in failed(command(done("^Saved")), "ulimit -c 0; kill -SEGV $$")


def test_a_command_that_is_done_and_never_exits_is_ended_as_a_success():
    adaptor = command(done("^Saved", grace=0.2, exit_codes=0))
    began = time.monotonic()
    succeeds(adaptor, f"echo Saved; sleep {LONG}")
    assert 0.2 <= time.monotonic() - began < PROMPT
    assert adaptor.process.process.asked_by == "the rule done-1"


@pytest.mark.posix("there is no FIFO")
def test_an_exit_code_counts_if_the_command_had_exited_before_it_was_to_be_ended(pipe):
    # The helper says it when the command has left the pipe, and holds the output when the grace period is over.
    helper = f"(read line < {pipe}; echo Saved; sleep 0.4) & exec 3> {pipe}; exit"
    assert failed(command(done("^Saved", grace=0.1, exit_codes=(0, 3))), f"{helper} 4").startswith(
        f"{SHELL} exited with 4"
    )
    succeeds(command(done("^Saved", grace=0.1, exit_codes=(0, 3))), f"{helper} 3")


def test_a_command_may_end_by_itself_after_its_work_is_done():
    adaptor = command(done("^Saved", grace=LONG))
    began = time.monotonic()
    succeeds(adaptor, "echo Saved; sleep 0.1")
    assert time.monotonic() - began < PROMPT
    assert adaptor.process.process.asked_by is None


def test_a_failure_counts_more_than_work_that_is_done():
    assert failed(command(done("Saved"), failure("Error")), "echo Error: a; echo Saved; exit 0") == (
        "rule failure-1: Error: a"
    )


# The end of a task.


def test_a_signal_that_nobody_sent_is_a_loss_and_names_it():
    message = failed(command(), "echo busy; kill -KILL $$")
    assert message.startswith("sh was ended by SIGKILL (signal 9), which the runtime did not send")
    assert message.endswith("; its last line: busy")


def test_on_postrun_without_arguments_is_called_after_success_only():
    calls = []
    adaptor = command(on_postrun=lambda self: calls.append(self.process.process.returncode))
    adaptor.on_run({"script": "exit 0"})
    with pytest.raises(ApplicationFailedError):
        adaptor.on_run({"script": "exit 3"})
    assert calls == [0]


@pytest.mark.parametrize(
    "on_postrun",
    [
        lambda self, run_data, outcome: outcome,
        lambda self, run_data=None, outcome=None: outcome,
        lambda self, run_data, *more: more[0],
        lambda self, run_data, outcome=None, **more: outcome,
    ],
)
def test_on_postrun_gets_run_data_and_outcome_if_it_can_take_both_by_name(on_postrun):
    given = []
    adaptor = command(on_postrun=lambda self, run_data, outcome: None)
    type(adaptor).on_postrun = functools.wraps(on_postrun)(
        lambda self, *arguments: given.append(on_postrun(self, *arguments))
    )
    with pytest.raises(ApplicationFailedError):
        adaptor.on_run({"script": "exit 3"})
    assert [outcome.exit_code for outcome in given] == [1]


def test_on_postrun_that_fails_after_a_failure_hides_nothing(told):
    def on_postrun(self, run_data, outcome):
        raise ValueError("too late")

    with pytest.raises(ApplicationFailedError, match="exited with 3"):
        command(on_postrun=on_postrun).on_run({"script": "exit 3"})
    assert ("ERROR", "on_postrun failed, too", {"error": "ValueError: too late"}) in told.events
    with pytest.raises(ValueError, match="too late"):
        command(on_postrun=on_postrun).on_run({"script": "exit 0"})


def test_a_command_that_cannot_start_is_not_followed_by_on_postrun():
    class Missing(Shell):
        def get_executable(self):
            return "no-such-program"

    adaptor = command(process_class=Missing)
    with pytest.raises(FileNotFoundError):
        adaptor.on_run({"script": ""})
    assert "outcomes" not in vars(adaptor)


def test_a_cancel_counts_more_than_anything_else():
    adaptor = command(failure("started"))
    adaptor.get_managed_process({"script": ""})
    canceled = RegexHandler([RegexCallback([re.compile("started")], lambda match: adaptor.on_cancel())])

    class Mine(Shell):
        def __init__(self, run_data):
            super().__init__(run_data, stdout_handler=canceled)

    adaptor.process_class = Mine
    with pytest.raises(TaskCanceledError, match=SAYS_ASKED):
        adaptor.on_run({"script": f"echo started; sleep {LONG}"})
    assert adaptor.outcomes[0][1] == 143


def test_an_author_s_run_decides_about_what_it_catches_and_raises():
    class Mine(Shell):
        def run(self, **options):
            try:
                super().run(**options)
            except ApplicationFailedError:
                if "again" not in self.run_data["script"]:
                    raise
            if "reject" in self.run_data["script"]:
                raise ApplicationFailedError("the author rejects it")

    succeeds(command(process_class=Mine), "exit 3 # again")
    assert failed(command(process_class=Mine), "exit 3").startswith(f"{SHELL} exited with 3")
    assert failed(command(process_class=Mine), "exit 0 # reject") == "the author rejects it"
    succeeds(command(done("Saved"), process_class=Mine), "echo Saved; exit 3")


def test_one_process_may_run_the_commands_of_several_tasks():
    adaptor = command(fatal("No license"), failure("Error"))
    only = Shell({"script": ""})

    def get_managed_process(run_data):
        only.run_data = run_data
        return only

    adaptor.get_managed_process = get_managed_process
    assert failed(adaptor, "echo Error") == "rule failure-1: Error"
    adaptor.outcomes.clear()
    assert failed(adaptor, f"echo No license; sleep {LONG}") == "rule fatal-1: No license"
    adaptor.outcomes.clear()
    succeeds(adaptor, "echo fine")
    only.get_executable = lambda: "no-such-program"
    with pytest.raises(FileNotFoundError):
        adaptor.on_run({"script": "a command that has not started"})
    assert len(adaptor.outcomes) == 1


def test_a_process_of_an_author_s_own_class_is_run_as_ever():
    class Own:
        def run(self):
            self.process = subprocess.Popen(shell_command("exit 3"))
            self.process.wait()

        def terminate(self): ...

    adaptor = command()
    adaptor.get_managed_process = lambda run_data: Own()
    succeeds(adaptor, "")


def test_rules_need_a_managed_process():
    class Own:
        process = None

        def run(self): ...

        def terminate(self): ...

    adaptor = command(failure("Error"))
    adaptor.get_managed_process = lambda run_data: Own()
    with pytest.raises(Exception, match="rules need a ManagedProcess"):
        adaptor.on_run({})


# Signals and input.


@pytest.mark.posix("there, one event asks every application")
def test_a_command_is_asked_to_end_with_its_own_signal():
    class Mine(Shell):
        stop_signal = "SIGINT"
        stop_grace = LONG

    adaptor = command(fatal("ready"), process_class=Mine)
    script = "trap 'echo finishing; exit 0' INT; trap '' TERM; echo ready; while :; do sleep 0.05; done"
    began = time.monotonic()
    assert failed(adaptor, script) == "rule fatal-1: ready"
    assert time.monotonic() - began < PROMPT
    assert adaptor.process.process.returncode == 0
    assert "finishing" in adaptor.process.process.last_lines


def test_a_command_that_ignores_its_signal_is_killed_after_its_grace():
    class Mine(Shell):
        stop_grace = 0.2

    adaptor = command(fatal("ready"), process_class=Mine)
    began = time.monotonic()
    failed(adaptor, f"trap '' TERM; echo ready; sleep {LONG}")
    assert time.monotonic() - began < PROMPT
    assert adaptor.process.process.returncode in KILLED


@pytest.mark.faults("Authors' classes")
@pytest.mark.parametrize("name", ["SIGKILL", "INT", "", "SIGSTOP"])
def test_a_signal_that_cannot_ask_is_rejected(name):
    adaptor = command(process_class=type("Mine", (Shell,), {"stop_signal": name}))
    with pytest.raises(ValueError, match="is no signal that asks an application to end"):
        adaptor.on_run({"script": ""})


@pytest.mark.parametrize("kind", ["text", "bytes", "a file", "nothing"])
def test_a_command_reads_the_standard_input_that_it_is_given(tmp_path, told, kind):
    (tmp_path / "scene").write_bytes(b"from a file\n")
    given = {"text": "é\n", "bytes": b"\xe9\n", "a file": tmp_path / "scene", "nothing": None}[kind]

    class Mine(Shell):
        def __init__(self, run_data):
            super().__init__(run_data, encoding="latin-1")

        def get_stdin(self):
            return given

    succeeds(command(process_class=Mine), "cat; echo end")
    said = {"text": "é\n", "bytes": "é\n", "a file": "from a file\n", "nothing": ""}[kind]
    assert b"".join(told.output).decode() == f"{said}end\n"


def test_a_command_need_not_read_all_of_its_input():
    class Mine(Shell):
        def get_stdin(self):
            return "x" * 1_000_000

    succeeds(command(process_class=Mine), "head -c 1 > /dev/null")
    assert failed(command(process_class=Mine), "exit 3").startswith(f"{SHELL} exited with 3")


@pytest.mark.posix("names are text there")
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_path_that_is_no_text_in_its_encoding_reaches_the_command_as_it_is(told, encoding):
    names = {"get_stdin": lambda self: "/tmp/\udcff\n", "encoding": encoding}
    succeeds(command(process_class=type("Mine", (Shell,), names)), "od -An -tx1 | tr -d ' '")
    assert b"".join(told.output) == b"2f746d702fff0a\n"


@pytest.fixture
def pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    return tmp_path / "pipe"


@pytest.mark.posix("there is no FIFO")
def test_a_command_reads_a_named_pipe_until_its_writer_closes_it(told, pipe):
    writer = threading.Thread(target=lambda: pipe.write_bytes(b"x" * 200_000))
    writer.start()
    succeeds(command(process_class=type("Mine", (Shell,), {"get_stdin": lambda self: pipe})), "wc -c | tr -d ' '")
    writer.join()
    assert b"".join(told.output) == b"200000\n"


@pytest.mark.faults("Cancel")
@pytest.mark.posix("there is no FIFO")
def test_a_cancel_ends_the_wait_for_the_writer_of_a_named_pipe(pipe):
    adaptor = command(process_class=type("Mine", (Shell,), {"get_stdin": lambda self: pipe}))
    raised, began = [], threading.Event()
    registry.set_output(lambda name, block: began.set())

    def task():
        with pytest.raises(TaskCanceledError) as caught:
            adaptor.on_run({"script": "echo began; cat"})
        raised.append(caught.value)

    thread = threading.Thread(target=task)
    thread.start()
    assert began.wait(PROMPT)
    adaptor.on_cancel()
    thread.join(PROMPT)
    assert raised


@pytest.mark.faults("Authors' classes")
@pytest.mark.parametrize(("given", "error"), [(5, TypeError), (os.path, TypeError)])
def test_what_is_no_input_is_rejected_before_the_command_starts(given, error):
    adaptor = command(process_class=type("Mine", (Shell,), {"get_stdin": lambda self: given}))
    with pytest.raises(error, match="the standard input is a value of type"):
        adaptor.on_run({"script": ""})
    assert adaptor.process.process is None


# Commands that are only launched.


class Launched(CommandAdaptor):
    data_version = SemanticVersion(1, 0)
    output_patience = 0.0
    encoding = "latin-1"
    rules = (failure("^Error"), progress(r"(\d+)%"))

    def launch(self, run_data):
        return shell_command(run_data["script"])

    def environment(self, run_data):
        return {"SCENE": run_data.get("scene", "")}

    def stdin(self, run_data):
        return run_data.get("stdin")

    def expected_outputs(self, run_data):
        return run_data.get("outputs", ())


def test_a_command_that_is_launched_has_its_rules_outputs_input_encoding_and_variables(told, tmp_path):
    script = f"cat; echo $SCENE; echo picture > {tmp_path}/a.exr"
    Launched({}).on_run({"script": script, "stdin": "\u00e4\n", "scene": "b", "outputs": [tmp_path / "a.exr"]})
    assert b"".join(told.output) == "\u00e4\nb\n".encode()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"script": "exit 3"}, f"{SHELL} exited with 3; it printed nothing"),
        ({"script": "echo Error"}, "rule failure-1: Error"),
        ({"script": ":", "outputs": ["/no.exr"]}, f"the expected output {os.path.abspath('/no.exr')} is missing"),
    ],
)
def test_a_command_that_is_launched_is_judged_like_any_other(data, message):
    with pytest.raises(ApplicationFailedError) as raised:
        Launched({}).on_run(data)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("launched", "message"),
    [
        ("echo", "launch returned a single str"),
        (None, "launch returned None"),
        ([], "launch returned an empty list"),
        ([3], "launch returned a value of type int as the executable"),
    ],
)
def test_what_launch_cannot_mean_is_said(launched, message):
    adaptor = type("Mine", (Launched,), {"launch": lambda self, run_data: launched})({})
    with pytest.raises((TypeError, ValueError), match=message):
        adaptor.on_run({})


@pytest.mark.parametrize("variables", [None, {"A": 1}])
def test_variables_that_are_none_are_rejected(variables):
    adaptor = type("Mine", (Launched,), {"environment": lambda self, run_data: variables})({})
    with pytest.raises(TypeError, match="environment"):
        adaptor.on_run({"script": ":"})


@pytest.mark.posix("there, one event asks every application")
def test_a_cancel_ends_a_command_that_was_launched_with_the_signal_and_grace_of_the_class(tmp_path):
    adaptor = type("Mine", (Launched,), {"stop_signal": "SIGINT", "stop_grace": 20.0})({})
    script = f"trap 'echo asked > {tmp_path}/asked; exit 1' INT; echo > {tmp_path}/began; while :; do sleep 0.01; done"
    raised = []

    def run():
        try:
            adaptor.on_run({"script": script})
        except TaskCanceledError as error:
            raised.append(error)

    task = threading.Thread(target=run)
    task.start()
    while not (tmp_path / "began").exists():
        time.sleep(0.01)
    adaptor.on_cancel()
    task.join(PROMPT)
    assert len(raised) == 1
    assert (tmp_path / "asked").exists()


def test_a_handler_of_the_author_sees_both_streams_beside_the_rules():
    class Mine(Launched):
        def output_handler(self, run_data):
            self.seen = []
            return RegexHandler([RegexCallback([re.compile("[a-z]+")], lambda match: self.seen.append(match[0]))])

    adaptor = Mine({})
    with pytest.raises(ApplicationFailedError, match="rule failure-1"):
        adaptor.on_run({"script": "echo Error; echo late >&2"})
    assert sorted(adaptor.seen) == ["late", "rror"]


@pytest.mark.parametrize("base", [Command, Launched])
def test_the_progress_of_a_command_never_falls_within_a_task_and_begins_anew_with_the_next(told, base):
    adaptor = type("Mine", (base,), {"rules": [progress(r"(\d+)%")], "on_postrun": lambda self: None})({})
    for _ in range(2):
        adaptor.on_run({"script": "echo 20%; echo 60%; echo 10%; echo 70%"})
    shown = [message.value for message in told.events if isinstance(message, Progress)]
    assert shown == [20, 60, 60, 70, 100] * 2


def test_beside_get_managed_process_the_names_of_launch_are_free():
    names = {"launch": 3, "stdin": "a text", "environment": {}, "output_handler": None, "encoding": 7}
    mine = type("Mine", (Command,), names)
    assert check_class(mine) is mine
    mine({}).on_run({"script": ":"})
