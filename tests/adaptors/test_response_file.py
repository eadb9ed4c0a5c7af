"""Arguments that are too many for a command line: a file that real programs read."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from adaptor_runtime import CommandAdaptor, ManagedProcess, SemanticVersion, response_file, temporary_directory
from adaptor_runtime.adaptors._session.private_state import PrivateState
from adaptor_runtime.adaptors.processes import LoggingSubprocess
from adaptor_runtime.ipc._files import guarded_directory
from adaptor_runtime.testing import session

ODD = [
    "plain",
    "two words",
    "",
    " ",
    "tab\there",
    "it's",
    'say "no"',
    "back\\slash",
    "end\\",
    "-o",
    "$HOME",
    "é",
]
PARSES = (
    "import argparse, sys\n"
    "parser = argparse.ArgumentParser(fromfile_prefix_chars='@', prefix_chars='+')\n"
    "parser.add_argument('all', nargs='*')\n"
    "given = parser.parse_args().all\n"
    "print(len(given), ascii(given[-12:]))\n"
)


class Lister(ManagedProcess):
    """Prints its last arguments."""

    def get_executable(self):
        return sys.executable

    def get_arguments(self):
        given = ["x" * 1000] * 5000 + ODD
        return ["-S", "-X", "utf8", "-c", PARSES, f"@{response_file(given)}" if self.run_data["short"] else given]

    def get_environment(self):
        return {**os.environ, "TMPDIR": temporary_directory()}


class ListerAdaptor(CommandAdaptor):
    data_version = SemanticVersion(1, 0)

    def get_managed_process(self, run_data):
        return Lister(run_data)


def test_a_program_gets_five_megabytes_of_arguments_and_the_file_goes_away_with_the_session():
    with session(ListerAdaptor) as one:
        text = one.run({"short": True}).text
        directory = temporary_directory()
        assert len([name for name in os.listdir(directory) if name.endswith(".rsp")]) == 1
    assert f"STDOUT: 5012 {ODD!a}" in text
    assert not os.path.exists(directory)


@pytest.mark.posix("the limits of the system are asked for")
@pytest.mark.faults("Bad input")
@pytest.mark.parametrize("count", [1, 4000])
def test_a_command_that_is_too_long_names_the_limit_and_its_length_and_what_to_do(count):
    length = os.sysconf("SC_ARG_MAX") // count + 1
    with pytest.raises(OSError, match=r"write the arguments to a response_file\(\)") as raised:
        LoggingSubprocess(args=["true", *["x" * length] * count])
    if count == 1:
        assert f"argument 1 has {length} bytes; the limit is 131071;" in str(raised.value)
    else:
        assert f"the limit is {os.sysconf('SC_ARG_MAX')};" in str(raised.value)


@pytest.mark.posix("modes; on Windows, tests/windows tests the access lists of private files")
def test_each_file_is_private_and_another_one():
    paths = [response_file(["a", name]) for name in ("b", "c")]
    assert len(set(paths)) == 2
    assert {stat.S_IMODE(os.stat(path).st_mode) for path in paths} == {0o600}
    assert {os.path.dirname(path) for path in paths} == {temporary_directory()}


def test_gcc_reads_its_style(tmp_path):
    gcc = shutil.which("gcc")
    if gcc is None:
        pytest.skip("gcc is not installed; on Debian and Ubuntu: apt-get install gcc")
    (tmp_path / "odd name's.c").write_text("const char *text = TEXT;\n")
    path = response_file(
        ["-E", "-P", '-DTEXT="a \\" b \\\\ c"', "-o", tmp_path / 'out "1".c', tmp_path / "odd name's.c"], style="gnu"
    )
    subprocess.run([gcc, f"@{path}"], check=True)
    assert (tmp_path / 'out "1".c').read_text().strip() == 'const char *text = "a \\" b \\\\ c";'


def test_a_shell_parser_reads_the_style_of_gcc():
    import shlex

    with open(response_file([*ODD, "two\nlines"], style="gnu"), encoding="utf-8") as file:
        assert shlex.split(file.read()) == [*ODD, "two\nlines"]


def test_the_style_of_windows_is_that_of_its_command_line():
    path = response_file(["plain", "two words", 'say "no"', "C:\\a folder\\", ""], style="windows", encoding="utf-16")
    with open(path, encoding="utf-16", newline="") as file:
        lines = file.read().split(os.linesep)
    assert lines == ["plain", '"two words"', '"say \\"no\\""', '"C:\\a folder\\\\"', '""', ""]


@pytest.mark.posix("names are text there")
def test_a_path_that_does_not_decode_is_passed_on():
    with open(response_file([os.fsdecode(b"caf\xe9")]), "rb") as file:
        assert file.read() == b"caf\xe9\n"


def test_two_threads_that_ask_at_once_get_the_same_directory(monkeypatch):
    both = threading.Barrier(2)

    class Slow(guarded_directory.GuardedDirectory):
        def __init__(self):
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(0.2)  # for another thread, which must not get here
            super().__init__()

    monkeypatch.setattr(guarded_directory, "GuardedDirectory", Slow)
    state = PrivateState()
    with ThreadPoolExecutor(2) as pool:
        first, second = [pool.submit(state.temporary_directory) for _ in range(2)]
    assert first.result() == second.result() == state.temporary_directory()
    state.remove_directory()


@pytest.mark.faults("Bad input")
@pytest.mark.parametrize(
    ("arguments", "options", "error", "said"),
    [
        (["a", "b\nc"], {}, ValueError, "argument 2 has a line break"),
        (["a\0"], {}, ValueError, "argument 1 has a null character"),
        (["a", "é"], {"encoding": "ascii"}, ValueError, "argument 2 has a character that ascii cannot express"),
        (["a", 3], {}, TypeError, "argument 2 is a value of type int; it must be a str or a path"),
        ("a b", {}, TypeError, "response_file was given a single str; write a list"),
        (["a"], {"style": "shell"}, ValueError, "there is no style 'shell'; write one of 'lines', 'gnu', 'windows'"),
        (["a"], {"encoding": "nothing"}, LookupError, "nothing"),
    ],
)
def test_what_cannot_be_written_is_named(arguments, options, error, said):
    with pytest.raises(error) as raised:
        response_file(arguments, **options)
    assert said in str(raised.value)
