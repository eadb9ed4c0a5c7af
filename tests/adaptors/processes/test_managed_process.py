from __future__ import annotations

import os
import re
import sys
import threading

import pytest
from adaptor_runtime.adaptors.output import RegexCallback, RegexHandler
from adaptor_runtime.adaptors.processes import ApplicationFailedError, ManagedProcess
from program_ends import SAYS_ASKED
from recorded_output import raise_error
from small_shell import shell_command

pytestmark = pytest.mark.usefixtures("output")


# What a program needs of the environment.
SYSTEM = {name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ}


class Shell(ManagedProcess):
    def get_executable(self):
        return shell_command(self.run_data["script"])[0]

    def get_arguments(self):
        return shell_command(self.run_data["script"])[1:]


def test_a_process_says_which_executable_to_run():
    with pytest.raises(TypeError):
        ManagedProcess({})


def test_run_returns_when_the_application_has_ended(output):
    process = Shell({"script": "echo done"})
    process.run()
    assert output.stdout == b"done\n"
    assert process.process.returncode == 0


def test_arguments_directory_and_environment_are_the_authors(output, tmp_path):
    class Elsewhere(Shell):
        def get_startup_directory(self):
            return tmp_path

        def get_environment(self):
            return {**SYSTEM, "SHOT": "010"}

    Elsewhere({"script": "pwd; echo $SHOT"}).run()
    assert output.stdout.decode() == f"{tmp_path}\n010\n"


def test_a_process_needs_no_arguments():
    class Plain(ManagedProcess):
        def get_executable(self):
            return "true" if os.name == "posix" else "hostname"

    Plain({}).run()


class Faked(ManagedProcess):
    def get_executable(self):
        return "fake"


def test_an_exit_code_is_a_failure_with_the_last_line(fake_application):
    fake_application("fake").says("starting").says_error("no licence", "").exits(7)
    with pytest.raises(ApplicationFailedError) as raised:
        Faked({}).run()
    assert str(raised.value) == "fake exited with 7; its last line: no licence"
    assert raised.value.exit_code == 1


@pytest.mark.posix("there are no signals")
def test_a_signal_is_a_failure_with_its_name(fake_application):
    fake_application("fake").crashes("SIGABRT")
    with pytest.raises(ApplicationFailedError, match=r"^fake was ended by SIGABRT \(signal 6\); it printed nothing$"):
        Faked({}).run()


def test_other_exit_codes_may_be_a_success():
    class Lenient(Shell):
        success_exit_codes = (0, 7)

    Lenient({"script": "exit 7"}).run()
    Shell({"script": "exit 8"}).run(success_exit_codes={8})
    with pytest.raises(ApplicationFailedError):
        Lenient({"script": "exit 8"}).run()


def test_the_error_of_a_callback_comes_before_the_exit_code():
    handler = RegexHandler([RegexCallback([re.compile("Error: .*")], raise_error)])
    with pytest.raises(ValueError, match=r"^Error: no camera$"):
        Shell({"script": "echo Error: no camera; echo Error: later; exit 7"}, stdout_handler=handler).run()


def test_handlers_get_their_stream():
    calls = []
    handlers = [
        RegexHandler([RegexCallback([re.compile(".*")], lambda match: calls.append(match[0]))]) for _ in range(2)
    ]
    Shell({"script": "echo out; echo err >&2"}, stdout_handler=handlers[0], stderr_handler=handlers[1]).run()
    assert sorted(calls) == ["err", "out"]


def test_encoding_and_order_are_the_authors(output):
    calls = []
    handler = RegexHandler([RegexCallback([re.compile(".*")], lambda match: calls.append(match[0]))])
    script = "printf '\\303\\251\\n'; echo err >&2; printf '\\351\\n'"
    Shell({"script": script}, stdout_handler=handler, merge_output=True, errors="replace").run()
    assert calls == ["é", "err", "\ufffd"]
    Shell({"script": "printf '\\351\\n'"}, encoding="latin-1").run()
    assert output.stdout.decode() == "é\nerr\n\ufffd\né\n"


def test_another_thread_may_terminate_it():
    started = threading.Event()
    handler = RegexHandler([RegexCallback([re.compile("ready")], lambda match: started.set())])
    process = Shell({"script": "echo ready; sleep 100"}, stdout_handler=handler)

    def terminate():
        started.wait()
        process.terminate(grace_time_s=10)

    thread = threading.Thread(target=terminate)
    thread.start()
    with pytest.raises(ApplicationFailedError, match=SAYS_ASKED):
        process.run()
    thread.join()


def test_a_process_that_was_terminated_before_is_never_started(tmp_path):
    process = Shell({"script": f"touch {tmp_path}/started"})
    process.terminate()
    with pytest.raises(ApplicationFailedError, match="was not started"):
        process.run()
    assert process.process is None
    assert not (tmp_path / "started").exists()


def test_a_terminate_at_any_moment_of_the_start_ends_it():
    for _ in range(20):
        process = Shell({"script": "sleep 100"})
        thread = threading.Thread(target=process.terminate, args=(0,))
        thread.start()
        with pytest.raises(ApplicationFailedError):
            process.run()
        thread.join()


def test_the_constructor_of_a_process_need_not_call_ours(output):
    class Own(ManagedProcess):
        def __init__(self, text):
            self.text = text

        def get_executable(self):
            return sys.executable

        def get_arguments(self):
            return (each for each in ["-S", "-c", f"print({self.text!r})"])

    Own("done").run()
    assert output.stdout == b"done\n"
    terminated = Own("late")
    terminated.terminate()
    with pytest.raises(ApplicationFailedError, match="was not started"):
        terminated.run()


WRONG = {
    "get_executable returned a value of type list": {"get_executable": ["echo"]},
    "get_executable returned None; it must return a str or a path": {"get_executable": None},
    "get_executable returned an empty text": {"get_executable": ""},
    "get_arguments returned a single str; write a list with one item per argument": {"get_arguments": "hello"},
    "get_arguments returned a single bytes; write a list": {"get_arguments": b"hello"},
    "get_arguments returned None; write a list, which may be empty": {"get_arguments": None},
    "get_arguments returned a value of type int; write a list": {"get_arguments": 5},
    "argument 2 is a value of type int; it must be a str or a path": {"get_arguments": ["a", 4711]},
    "argument 1 is None": {"get_arguments": [None]},
    "the environment variable SHOT is a value of type int": {"get_environment": {"SHOT": 4711}},
    "the name 5 of an environment variable must be a str": {"get_environment": {5: "a"}},
    "'A=B' cannot be the name of an environment variable": {"get_environment": {"A=B": "a"}},
    "the environment is a value of type list; it must be a mapping": {"get_environment": ["SHOT=4711"]},
    "the startup directory is a value of type int": {"get_startup_directory": 4711},
}


@pytest.mark.faults("Authors' classes")
@pytest.mark.parametrize("said", WRONG)
def test_what_a_method_must_return_is_said_without_its_value(said):
    methods = {name: lambda self, value=value: value for name, value in WRONG[said].items()}
    wrong = type("Wrong", (ManagedProcess,), {"get_executable": lambda self: "echo", **methods})({})
    with pytest.raises((TypeError, ValueError)) as refused:
        wrong.run()
    assert said in str(refused.value)
    assert "4711" not in str(refused.value)
    assert wrong.process is None


def test_what_the_constructor_is_not_given_may_be_an_attribute_of_the_class(output):
    class Mixed(Shell):
        merge_output = True
        encoding = "latin-1"
        errors = "replace"

    Mixed({"script": "printf 'caf\\351\\n'; echo both >&2"}).run()
    assert output.blocks
    assert {name for name, _ in output.blocks} == {"stdout"}
    assert output.stdout.decode() == "café\nboth\n"
    assert Mixed({}, encoding="utf-8").encoding == "utf-8"
