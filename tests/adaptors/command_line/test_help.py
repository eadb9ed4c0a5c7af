"""What help says can be typed as it stands, and what was misspelt is answered with what may have been meant."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import sysconfig
import types
import zipapp

import click
import pytest
from adaptor_runtime.adaptors import Adaptor
from adaptor_runtime.adaptors._hosting.target import Target
from adaptor_runtime.adaptors.command_line import _dispatch
from adaptor_runtime.adaptors.command_line._commands import build
from adaptor_runtime.adaptors.command_line._dispatch import dispatch
from adaptor_runtime.adaptors.command_line._invocation import CommandLine
from adaptor_runtime.adaptors.command_line._typed_name import typed_name
from adaptor_runtime.adaptors.data._load import load_mapping


def visible(command, path=()):
    yield path
    for name, child in getattr(command, "commands", {}).items():
        if not child.hidden:
            yield from visible(child, (*path, name))


@pytest.fixture(autouse=True)
def _the_program_has_a_name(monkeypatch):
    monkeypatch.setattr(_dispatch, "typed_name", lambda _fallback: "program")


COMMANDS = list(visible(build(Target())))
TARGETS = [None, Adaptor, "not.imported:Adaptor"]


def target_of(adaptor):
    return Target() if adaptor is None else Target.of_program(adaptor)


def help_of(path, capfd, option="--help", adaptor_class=None):
    assert dispatch([*path, option], CommandLine(target_of(adaptor_class), 0.0, set()), "program") == 0
    captured = capfd.readouterr()
    assert captured.err == ""
    return captured.out


def examples(text):
    return [line.strip() for line in text.partition("Example:\n")[2].splitlines()]


def words_of(line):
    """Return the words that a program gets from a command line which is typed into a shell of this system."""
    if sys.platform != "win32":
        return shlex.split(line)
    from ctypes import POINTER, WinDLL, byref, c_int, wintypes

    split = WinDLL("shell32").CommandLineToArgvW
    split.argtypes, split.restype = (wintypes.LPCWSTR, POINTER(c_int)), POINTER(wintypes.LPWSTR)
    count = c_int()
    words = split(line, byref(count))
    return words[: count.value]


def read(words, adaptor_class):
    """Have click read words, down to the command that they name; nothing is called."""
    command, context = build(target_of(adaptor_class)), None
    name = "program"
    while True:
        context = command.make_context(name, list(words), parent=context)
        if not isinstance(command, click.Group):
            return context.command_path
        # The word for the command, which click 8.1 has under another name.
        words = [*vars(context).get("_protected_args", vars(context).get("protected_args", ())), *context.args]
        name, command, words = command.resolve_command(context, words)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("adaptor_class", TARGETS)
def test_each_level_has_help_under_both_names(path, adaptor_class, capfd):
    shown = help_of(path, capfd, adaptor_class=adaptor_class)
    assert help_of(path, capfd, "-h", adaptor_class) == shown
    assert "Usage:" in shown


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("adaptor_class", TARGETS)
def test_each_level_has_examples_that_the_command_line_reads(path, adaptor_class, capfd):
    shown = examples(help_of(path, capfd, adaptor_class=adaptor_class))
    assert shown
    for line in shown:
        program, *words = words_of(re.sub(r"^.*\$\(|^.* in \('|^\$env:.* = & |\)$|'\) do .*$| > .*$", "", line))
        assert program == "program"
        read(words, adaptor_class)
        for option, value in zip(words, words[1:]):
            if option in {"--init-data", "--run-data"} and not value.startswith("file://"):
                assert load_mapping(value, option) in ({"scene": "a.blend"}, {"frame": 1}, {"frame": 2})
    assert not path or f"program{' --adaptor package.module:Class' * needs_adaptor(path, adaptor_class)} " in shown[0]


def needs_adaptor(path, adaptor_class):
    return adaptor_class is None and " ".join(path) in {*NEED_ADAPTOR, "is-compatible", "daemon", "rules", "rules test"}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_nothing_in_a_help_is_cut_short(path, capfd):
    shown = help_of(path, capfd).replace("[ARGS]...", "")
    assert "..." not in shown
    assert "…" not in shown


def test_a_group_shows_the_whole_first_sentence_of_each_command(capfd):
    for path in COMMANDS:
        root = build(Target())
        command = root if not path else root.commands[path[0]]
        if len(path) < 2 and isinstance(command, click.Group):
            shown = " ".join(help_of(path, capfd).split())
            for child in command.commands.values():
                first = " ".join(child.help.split("\n\n")[0].split()).partition(". ")[0].rstrip(".")
                assert child.hidden or first in shown


@pytest.mark.parametrize("arguments", [[], ["daemon"]], ids=["none", "daemon"])
def test_a_missing_command_shows_the_help_and_is_bad_usage(command_line, arguments):
    command = command_line(*arguments)
    assert command.exit_code == 2
    assert command.lines[0].startswith("Usage: ")
    assert command.lines[-1].startswith("error: No command was provided")
    assert "Commands:" in command.lines
    assert "Example:" in command.lines


ENTRY_POINT = "from scripted import Scripted\nfrom adaptor_runtime import EntryPoint\nEntryPoint(Scripted).start()\n"
SCRIPTS = sysconfig.get_path("scripts")
ON_POSIX = pytest.mark.posix("a text file can be executed")
WAYS = {
    "adaptor-runtime": [os.path.join(SCRIPTS, "adaptor-runtime"), "--adaptor", "scripted:Scripted"],
    "module": [sys.executable, "-m", "adaptor_runtime", "--adaptor", "scripted:Scripted"],
    "package": [sys.executable, "-m", "packaged"],
    "script": [sys.executable, "tool.py"],
    "script that can be executed": ["./executable.py"],
    "script on the path": ["executable.py"],
    "archive": [sys.executable, "tool.pyz"],
    "folder": [sys.executable, "tool"],
}


SHELL = ["/bin/sh", "-c"] if os.name == "posix" else [os.environ["COMSPEC"], "/c"]


def typed(words, settings):
    """Have a shell run words that a user types."""
    line = [shlex.join(words)] if os.name == "posix" else words
    return subprocess.run([*SHELL, *line], **settings, check=False)


def write_programs(directory):
    (directory / "tool.py").write_text(ENTRY_POINT)
    (directory / "executable.py").write_text(f"#!{sys.executable}\n{ENTRY_POINT}")
    (directory / "executable.py").chmod(0o755)
    (directory / "tool").mkdir()
    (directory / "tool" / "__main__.py").write_text(ENTRY_POINT)
    zipapp.create_archive(directory / "tool", directory / "tool.pyz")


@pytest.mark.parametrize(
    "way", [pytest.param(way, marks=[ON_POSIX] * ("executable.py" in WAYS[way][0])) for way in WAYS]
)
@pytest.mark.parametrize("python_is_on_the_path", [True, False])
def test_the_help_that_a_message_names_can_be_typed(command_line, way, python_is_on_the_path):
    write_programs(command_line.directory)
    path = [str(command_line.directory)] if way == "script on the path" else []
    path += [SCRIPTS, os.path.dirname(sys.executable)] if python_is_on_the_path else []
    path += [os.path.dirname(SHELL[0])]
    environment = {**command_line.environment, "PATH": os.pathsep.join(path)}
    settings = {"cwd": command_line.directory, "env": environment, "capture_output": True, "text": True}
    failed = typed([*WAYS[way], "run", "--unknown"], settings)
    assert failed.returncode == 2
    named = re.search("see '(.*)'$", failed.stdout.strip())[1]
    assert named.endswith(" run --help")
    shown = typed(named.split(), settings)
    assert shown.returncode == 0, shown
    assert shown.stdout.startswith(f"Usage: {named.replace(' --help', '')} [OPTIONS]\n")


def test_a_launcher_of_pip_on_windows_is_called_as_it_was_typed(tmp_path, monkeypatch):
    """It leaves its ending out of ``sys.argv``."""
    (tmp_path / "tool.exe").touch()
    monkeypatch.setitem(sys.modules, "__main__", types.ModuleType("__main__"))
    monkeypatch.setattr(sys, "argv", [str(tmp_path / "tool"), "run"])
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    assert typed_name("Tool") == str(tmp_path / "tool")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert typed_name("Tool") == "tool"


def test_a_program_without_a_name_is_called_by_the_adaptor(command_line):
    finished = subprocess.run(
        [sys.executable, "-c", ENTRY_POINT, "run", "--unknown"],
        env=command_line.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "see 'Scripted run --help'" in finished.stdout


@pytest.mark.parametrize(("module", "name"), [("adaptor_runtime", "Scripted"), ("packaged", "Scripted")])
def test_version_names_the_releases_of_adaptor_runtime_and_python(command_line, module, name):
    finished = command_line("--version", module=module)
    assert finished.exit_code == 0
    (line,) = finished.lines
    assert re.fullmatch(rf"{name} (?:\S+|not installed) \(adaptor-runtime \d\S*, Python 3\.\d+\.\d+\)", line)


def test_version_without_an_adaptor_names_the_runtime(command_line):
    finished = command_line("--version", adaptor=None)
    assert finished.exit_code == 0
    (line,) = finished.lines
    assert re.fullmatch(r"adaptor-runtime \d\S* \(Python 3\.\S+\)", line)


def test_version_of_an_adaptor_that_cannot_be_imported_is_one_line(command_line):
    finished = command_line("--version", adaptor="broken_import:Scripted")
    assert finished.exit_code == 2
    assert finished.text.count("Traceback") == 1
    assert finished.lines[-1].startswith("error: the adaptor broken_import:Scripted cannot be imported: RuntimeError")


MEANT = {
    "runn": "did you mean 'run'?",
    "Run": "did you mean 'run'?",
    "strat": "did you mean 'daemon start'?",
    "start": "did you mean 'daemon start'?",
    "cancel": "did you mean 'daemon cancel'?",
    "daemon statsu": "did you mean 'daemon status'?",
    "daemon template": "did you mean 'template'?",
    "demon": "did you mean 'daemon'?",
    "show-confg": "did you mean 'show-config'?",
    "xyzzy": "no such command 'xyzzy'; see",
    "run --init-dta": "did you mean --init-data?",
    "run --init_data": "did you mean --init-data?",
    "run --INIT-DATA": "did you mean --init-data?",
    "run --init": "did you mean --init-data?",
    "daemon run --rundata={}": "did you mean --run-data?",
    "daemon run --conn c.json": "did you mean --connection-file?",
    "daemon run --init-data {}": "it is an option of 'run' and 'daemon start'",
    "--init-data {} run": "it is an option of 'run' and 'daemon start', and belongs after it",
    "run --adaptor a:B": "it belongs before the command",
    "run -x": "no such option '-x'; see",
    "run --deadline strat=3": "did you mean start?",
    "daemon status --format jsn": "'json'",
}


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("text", MEANT)
def test_a_misspelt_name_gets_the_nearest_name_as_a_hint(text, capfd):
    assert dispatch(text.split(), CommandLine(Target(), 0.0, set()), "program") == 2
    captured = capfd.readouterr()
    (line,) = [line for line in (captured.out + captured.err).splitlines() if line]
    assert MEANT[text] in line
    assert "--help'" in line


REFUSED = {
    "run --init-data {} --init-data {}": "--init-data is given more than once",
    "run --journal a --journal=b": "--journal is given more than once",
    "run --deadline stop=1 --deadline stop=2": "'stop' is given more than once",
    "daemon start --connection-file a --connection-file a": "--connection-file is given more than once",
    "daemon run --run-data {} --run-data {}": "--run-data is given more than once",
    "daemon status --format json --format text": "--format is given more than once",
    "daemon start --connection-file=": "--connection-file has an empty value",
    "daemon run --connection-file=": "--connection-file has an empty value",
    "daemon stop --connection-file=": "--connection-file has an empty value",
    "daemon status --connection-file=": "--connection-file has an empty value",
    "daemon attach --task=": "--task has an empty value",
    "daemon cancel --task=": "--task has an empty value",
    "daemon start --journal=": "--journal has an empty value",
    "daemon start --owner-pid=": "not a valid integer",
    "run --journal=": "--journal has an empty value",
    "run --deadline=": "does not name a deadline",
    "graph --journal=": "--journal has an empty value",
    "template --name=": "--name has an empty value",
    "--adaptor= run": "--adaptor has an empty value",
    "run --init-data": "requires an argument",
    "daemon start --connection-file": "requires an argument",
    "--adaptor": "requires an argument",
    "run surplus": "surplus",
    "daemon start surplus": "surplus",
    "daemon list surplus": "surplus",
    "map-path a surplus": "surplus",
}


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("text", REFUSED)
def test_ambiguous_or_meaningless_arguments_are_rejected_in_one_line(text, capfd):
    assert dispatch(text.split(), CommandLine(Target(), 0.0, set()), "program") == 2
    captured = capfd.readouterr()
    (line,) = [line for line in (captured.out + captured.err).splitlines() if line]
    assert REFUSED[text] in line
    assert "--help'" in line


NEED_ADAPTOR = ["run", "daemon start", "template", "version-info"]


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("text", NEED_ADAPTOR)
def test_a_command_that_needs_an_adaptor_says_how_it_is_named(command_line, text):
    finished = command_line(*text.split(), adaptor=None)
    assert finished.exit_code == 2
    assert len(finished.lines) == 1
    assert f" --adaptor package.module:Class {text} ..." in finished.text


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("command", ["run", "daemon start", "daemon run", "daemon stop", "daemon status", "map-path"])
@pytest.mark.parametrize("option", ["--init-data", "--connection-file", "--unknown"])
def test_arguments_that_are_not_utf_8_are_reported_in_one_line(command_line, command, option):
    if (command, option) == ("daemon start", "--connection-file"):
        pytest.skip("a file may have any name")
    finished = command_line(*command.split(), f"{option}=\udcff\udcfe", adaptor="scripted:Scripted")
    assert finished.exit_code in {2, 4}
    assert len(finished.lines) == 1
