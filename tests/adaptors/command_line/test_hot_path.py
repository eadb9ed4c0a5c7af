"""Commands that a farm runs again and again read their arguments themselves: exactly as click would have read them."""

from __future__ import annotations

import inspect
import json

import click
import pytest
from adaptor_runtime.adaptors import Adaptor
from adaptor_runtime.adaptors._hosting import foreground
from adaptor_runtime.adaptors._hosting.adaptor_name import adaptor_name
from adaptor_runtime.adaptors._hosting.target import Target
from adaptor_runtime.adaptors.command_line import _looks, _task_arguments, _task_commands
from adaptor_runtime.adaptors.command_line._commands import build
from adaptor_runtime.adaptors.command_line._dispatch import dispatch
from adaptor_runtime.adaptors.command_line._invocation import CommandLine
from adaptor_runtime.adaptors.command_line._task_arguments import ADAPTOR, OPTIONS, Option
from adaptor_runtime.ipc._commands import launch
from adaptor_runtime.ipc._errors import BadInputError
from hypothesis import given
from hypothesis import strategies as st
from private_files import write_for_others, write_private

BEGAN = 1.5
WORK, LOOKS = _task_commands.COMMANDS, _looks.LOOKS
FUNCTIONS = {**WORK, **LOOKS}
DAEMON = build(Target()).commands["daemon"]


def read_by_click(command):
    """Return the table of a click command; what the small parser could not read as click does is refused."""
    table = {}
    for parameter in command.params:
        if parameter.name == "version":  # ends the command line, and is left to click
            continue
        assert type(parameter) is click.Option
        assert type(parameter.type) in {click.types.StringParamType, click.Choice, click.types.BoolParamType}
        assert (parameter.nargs, parameter.multiple, parameter.count) == (1, False, False)
        assert (parameter.envvar, parameter.callback, parameter.required) == (None, None, False)
        assert parameter.prompt is None
        assert not parameter.secondary_opts
        (name,) = parameter.opts
        default = None if str(parameter.default).startswith("Sentinel") else parameter.default
        if parameter.is_flag:
            table[name] = Option(bool(default), is_flag=True)
        else:
            table[name] = Option(default, tuple(getattr(parameter.type, "choices", ())))
    return table


@pytest.mark.parametrize("name", OPTIONS)
def test_the_table_has_every_option_of_the_command_and_no_other(name):
    assert OPTIONS[name] == read_by_click(DAEMON.commands[name])


def test_only_the_option_of_the_whole_command_line_may_precede_a_command():
    assert read_by_click(build(Target())) == ADAPTOR
    assert read_by_click(build(Target.of_program(Adaptor))) == {}
    assert read_by_click(DAEMON) == {}


@pytest.mark.parametrize("name", OPTIONS)
def test_a_command_takes_its_options_as_arguments(name):
    words = ["form" if option == "--format" else option[2:].replace("-", "_") for option in OPTIONS[name]]
    parameters = list(inspect.signature(FUNCTIONS[name]).parameters)
    assert sorted(parameters) == sorted([*words, *(["began", "adaptor"] if name in WORK else [])])


def test_every_command_of_the_table_has_a_function():
    assert FUNCTIONS.keys() == OPTIONS.keys()


def target_of(adaptor):
    return Target() if adaptor is None else Target.of_program(adaptor)


def refuse(*_arguments, **_named):
    raise BadInputError("no session is begun here")


@pytest.fixture(scope="module", name="click_reads")
def _click_reads():
    """Return a function that tells which of the commands click has called with which values."""
    with pytest.MonkeyPatch.context() as patch:
        called = []
        for name, command in FUNCTIONS.items():
            names = list(inspect.signature(command).parameters)

            def record(*values, name=name, names=names, **named):
                values_by_name = {**dict(zip(names, values)), **named}
                if "adaptor" in values_by_name:
                    values_by_name["adaptor"] = str(values_by_name["adaptor"] or "")
                called.append((name, values_by_name))
                return 0

            patch.setattr(_task_commands if name in WORK else _looks, command.__name__, record)
        # A session in this process would keep its logging and its output, also from the tests that follow.
        for module, name in ((foreground, "run_in_foreground"), (launch, "start_daemon")):
            patch.setattr(module, name, refuse)

        def reads(arguments, adaptor_class=None):
            called.clear()
            dispatch(arguments, CommandLine(target_of(adaptor_class), BEGAN, set()), "program")
            return called[0] if called else (None, {})

        yield reads


def assert_both_read(click_reads, arguments, adaptor_class=None):
    command, values = _task_arguments.read(arguments, adaptor_is_known=adaptor_class is not None)
    if command is not None:
        adaptor = "" if adaptor_class is None else adaptor_name(adaptor_class)
        values = {"began": BEGAN, **values, "adaptor": adaptor} if command in WORK else values
    assert (command, values) == click_reads(arguments, adaptor_class)
    return command


ACCEPTED = [
    "daemon run",
    "daemon stop",
    "daemon run --connection-file c.json",
    "daemon run --connection-file=c.json",
    "daemon run --connection-file c.json --run-data {}",
    "daemon run --run-data {} --connection-file c.json",
    "daemon run --run-data= --connection-file=c.json",
    "daemon run --run-data=a=b",
    "daemon run --run-data --connection-file",
    "daemon run --run-data --help",
    "daemon run --run-data --",
    "daemon run --connection-file -",
    "daemon run --plain --connection-file c.json",
    "daemon run --connection-file c.json --time --plain --run-data {}",
    "daemon stop --connection-file c.json",
    "daemon stop --connection-file=c.json",
    "daemon status",
    "daemon status --connection-file c.json --format json --watch",
    "daemon status --format=text",
    "daemon logs --connection-file c.json --follow --task t --since 10m --time",
    "daemon logs --since=-1",
    "daemon list",
    "daemon list --format json",
]
FOR_CLICK = [
    "",
    "daemon",
    "run",
    "graph",
    "daemon start",
    "daemon unknown",
    "daemon status --help",
    "daemon status --format xml",
    "daemon status --watch=1",
    "daemon list --watch",
    "daemon run --help",
    "daemon run -h",
    "daemon --help",
    "daemon -h run",
    "--help",
    "daemon run --unknown",
    "daemon run --unknown=x",
    "daemon run --run-data",
    "daemon run --connection-file",
    "daemon run --connection-file=",
    "daemon run --connection-file a --connection-file b",
    "daemon run --run-data {} --run-data {}",
    "daemon run --plain=1",
    "daemon run --plain x",
    "daemon stop --connection-file a --connection-file=a",
    "daemon run --on-disconnect=",
    "--version",
    "--version daemon run",
    "daemon run --version",
    "daemon run --conn c.json",
    "daemon run --connection_file c.json",
    "daemon run -c c.json",
    "daemon run -",
    "daemon run surplus",
    "daemon run -- surplus",
    "daemon run --run-data {} surplus --connection-file c.json",
    "daemon stop --run-data {}",
    "daemon stop surplus",
    "--unknown daemon run",
    "--adaptor",
    "--adaptor daemon",
    "daemon --adaptor a:B run",
    "--adaptor= daemon stop",
    "--adaptor a:B --adaptor a:B daemon stop",
]


@pytest.mark.parametrize("text", ACCEPTED)
@pytest.mark.parametrize("adaptor_class", [None, Adaptor])
def test_arguments_from_a_scheduler_are_read_as_click_reads_them(click_reads, text, adaptor_class):
    assert assert_both_read(click_reads, text.split(), adaptor_class)


@pytest.mark.parametrize("words", [["--run-data", ""], ["--run-data", '{"a": "b c"}'], ["--run-data=\udc80\n"]])
def test_it_reads_any_value_as_click_does(click_reads, words):
    assert assert_both_read(click_reads, ["daemon", "run", *words])


@pytest.mark.parametrize("text", FOR_CLICK)
@pytest.mark.parametrize("adaptor_class", [None, Adaptor])
def test_other_commands_are_left_to_click(click_reads, text, adaptor_class, capfd):
    assert assert_both_read(click_reads, text.split(), adaptor_class) is None
    assert "".join(capfd.readouterr())


@pytest.mark.parametrize("words", [["daemon", "run", ""], ["", "daemon", "run"], ["daemon", "", "run"]])
def test_an_empty_word_is_left_to_click(click_reads, words):
    assert assert_both_read(click_reads, words) is None


@pytest.mark.parametrize("text", ["--adaptor a:B daemon run", "--adaptor=a:B daemon stop"])
def test_without_an_entry_point_an_adaptor_may_be_named_but_is_not_needed(click_reads, text):
    assert assert_both_read(click_reads, text.split())
    assert assert_both_read(click_reads, text.split(), Adaptor) is None


WORDS = st.sampled_from(
    [
        *(
            "daemon",
            "run",
            "stop",
            "start",
            "status",
            "logs",
            "list",
            "json",
            "--",
            "-",
            "",
            "=",
            "-h",
            "--help",
            "x",
            "--x",
            "--run-data=",
            "--run-data=x",
            "--version",
        ),
        *(name for options in (ADAPTOR, *OPTIONS.values()) for name in options),
    ]
)


@given(st.lists(WORDS, max_size=5), st.booleans())
def test_any_words_are_read_as_click_reads_them_or_left_to_click(click_reads, words, daemon_first):
    arguments = ["daemon", *words] if daemon_first else words
    command, values = _task_arguments.read(arguments, adaptor_is_known=False)
    if command is not None:
        added = {"began": BEGAN, "adaptor": ""} if command in WORK else {}
        assert (command, {**values, **added}) == click_reads(arguments)


def test_an_invalid_choice_is_left_to_click(monkeypatch):
    options = {"--when": Option("never", ("never", "always"))}
    monkeypatch.setitem(OPTIONS, "stop", options)
    assert _task_arguments.read(["daemon", "stop"], adaptor_is_known=True) == ("stop", {"when": "never"})
    for words in (["--when", "always"], ["--when=always"]):
        assert _task_arguments.read(["daemon", "stop", *words], adaptor_is_known=True) == ("stop", {"when": "always"})
    for words in (["--when", "today"], ["--when="], ["--when"]):
        assert _task_arguments.read(["daemon", "stop", *words], adaptor_is_known=True) == (None, {})


STALE = {"socket": "/x", "key": "k", "pid": 2**22 - 3, "start_time": 1.0, "release": "0", "session_directory": ""}
BAD = {
    "no file named": (2, "run"),
    "no file named to stop": (2, "stop"),
    "data that is a list": (2, "run --run-data [1]"),
    "data that is neither JSON nor YAML": (2, "run --run-data {[}"),
    "a data file that is missing": (2, "run --run-data file:///nowhere/data.json"),
    "bad data and no file": (2, "run --run-data [1] --connection-file missing.json"),
    "no such file": (4, "run --connection-file missing.json"),
    "no such file to stop": (4, "stop --connection-file missing.json"),
    "a directory": (2, "run --connection-file ."),
    "a file that is garbage": (2, "run --connection-file garbage.json"),
    "a file that is garbage, to stop": (2, "stop --connection-file garbage.json"),
    "a file open to others": (2, "stop --connection-file open.json"),
    "a daemon that is gone": (4, "run --connection-file stale.json"),
    "an unknown option": (2, "run --unknown"),
    "a value that is missing": (2, "stop --connection-file"),
    "a surplus word": (2, "stop surplus"),
    "an option given twice": (2, "run --connection-file a --connection-file b"),
    "an empty value": (2, "stop --connection-file="),
}
BAD_LOOKS = {
    "no file named, to look": (2, "status"),
    "no file named for the output": (2, "logs"),
    "no such file, to look": (4, "status --connection-file missing.json"),
    "no such file to watch": (4, "status --watch --connection-file missing.json"),
    "no output of such a file": (4, "logs --connection-file missing.json"),
    "garbage": (2, "status --connection-file garbage.json"),
    "garbage instead of output": (2, "logs --connection-file garbage.json"),
    "a file open to others, to look": (2, "logs --connection-file open.json"),
    "a daemon that is gone, to look": (4, "logs --connection-file stale.json"),
    "a dead daemon": (4, "status --connection-file stale.json"),
    "a moment that is none": (2, "logs --since yesterday --connection-file stale.json"),
    "a format that is none": (2, "status --format xml"),
}


@pytest.mark.parametrize("kind", [*BAD, *BAD_LOOKS])
def test_mistakes_are_reported_as_if_click_had_read_them(command_line, kind):
    exit_code, text = {**BAD, **BAD_LOOKS}[kind]
    for name, content in (("garbage", "{}"), ("stale", json.dumps({**STALE, "state": "ready"}))):
        write_private(command_line.directory / f"{name}.json", content.encode())
    write_for_others(command_line.directory / "open.json", b"{}")
    here = command_line("daemon", *text.split(), adaptor=None)
    # Nobody writes this, so it is click that reads the rest.
    through_click = command_line("--", "daemon", *text.split(), adaptor=None)
    assert _task_arguments.read(["--", "daemon", *text.split()], adaptor_is_known=False) == (None, {})
    assert (through_click.exit_code, through_click.text) == (exit_code, here.text)
    assert here.exit_code == exit_code
    if kind in BAD:
        assert len(here.failures) == len(here.lines) == 1
    else:
        assert not here.failures
        assert len([line for line in here.lines if line.startswith("error: ")]) == 1
