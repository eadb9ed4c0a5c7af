"""Which program is selected, and what is said when there is none."""

from __future__ import annotations

import json
import os
import platform
import sys

import attrs
import pytest
from adaptor_runtime import (
    Adaptor,
    AdaptorRuntimeError,
    BadInputError,
    CommandAdaptor,
    Executable,
    ExecutableNotFoundError,
    ManagedProcess,
    SelectedExecutable,
    SemanticVersion,
)
from adaptor_runtime.testing import session
from platforms import LINK

ASK = ("--version", r"Paint (\S+)")


def paint(**options):
    return Executable("paint", **{"environment": "PAINT_EXECUTABLE", "version": ASK, **options})


@pytest.fixture
def installed(tmp_path):
    """A declaration that also looks where several versions lie side by side."""

    def declare(**options):
        patterns = [f"{tmp_path}/opt/paint-*/paint*"]
        return paint(candidates={"posix": patterns, "windows": patterns}, **options)

    return declare


def refusal(executable):
    with pytest.raises(ExecutableNotFoundError) as caught:
        executable.select()
    return str(caught.value)


# Where it is looked for


def test_the_first_usable_program_on_the_path_is_selected(program, installed):
    path = program("bin/paint", "4.2.1")
    program("opt/paint-5.0/paint", "5.0")
    assert installed(requires=">=4").select() == SelectedExecutable(path, version="4.2.1", place="PATH")


def test_a_program_on_the_path_that_is_too_old_gives_way_to_a_later_one(program, monkeypatch, tmp_path):
    program("bin/paint", "3.3.1")
    newer = program("bin2/paint", "4.0")
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{tmp_path / 'bin2'}")
    assert paint(requires=">=3.6").select().path == newer


def test_the_log_names_the_programs_that_were_found_and_do_not_fit(program, installed):
    old = program("bin/paint", "3.3.1")
    older = program("opt/paint-2/paint", "2.0")
    program("opt/paint-4/paint", "4.0")

    class Painter(Adaptor):
        data_version = SemanticVersion(1, 0)
        executable = installed(requires=">=3.6")

        def on_run(self, run_data):
            assert self.executable.version == "4.0"

    with session(Painter) as one:
        lines = one.run({}).lines
    assert f"INFO: skipped paint 3.3.1 at {old} (needs >=3.6)" in lines
    assert f"INFO: skipped paint 2.0 at {older} (needs >=3.6)" in lines


def test_of_the_candidates_the_newest_version_that_fulfills_the_requirement_is_selected(program, installed):
    for version in ("3.9.0", "4.2.0", "4.10.0", "5.1.0"):
        program(f"opt/paint-{version}/paint", version)
    selected = installed(requires=">=3.6,<5").select()
    assert (selected.version, selected.place.endswith("/opt/paint-*/paint*")) == ("4.10.0", True)


def test_versions_are_compared_and_not_the_names_of_folders(program, installed):
    program("opt/paint-9/paint", "4.1")
    program("opt/paint-1/paint", "4.2")
    assert installed().select().version == "4.2"


def test_without_a_version_to_ask_for_the_candidate_with_the_highest_number_is_selected_and_nothing_is_run(
    program, installed
):
    for version in ("4.2", "4.10", "4.9"):
        program(f"opt/paint-{version}/paint", version)
    selected = installed(version=None).select()
    assert (selected.path.split(os.sep)[-2], selected.version, program.starts) == ("paint-4.10", "", [])


def test_another_name_of_a_program_is_tried_after_the_first(program):
    path = program("bin/paint4", "4.0")
    assert Executable(["paint", "paint4"]).select().path == path


def test_a_file_beside_a_program_that_has_only_its_name_is_not_the_program(program):
    program("bin/paint", "4.0", executable=False)
    path = program("bin/paint", "4.2")
    assert Executable("paint").select().path == path


def test_a_program_in_the_current_directory_is_not_on_the_path(program, monkeypatch):
    program("here/paint", "4.0")
    monkeypatch.chdir(program.folder / "here")
    assert "no paint on the PATH" in refusal(Executable("paint"))


def test_candidates_of_other_systems_are_not_looked_at(program, tmp_path):
    program("opt/paint", "4.0")
    other = "darwin" if sys.platform == "linux" else "linux"
    assert "nothing matches" not in refusal(paint(candidates={other: [f"{tmp_path}/opt/paint"]}))


def test_a_candidate_may_name_an_environment_variable_and_the_home_directory(program, tmp_path, monkeypatch):
    path = program("studio/paint", "4.0")
    monkeypatch.setenv("STUDIO", str(tmp_path / "studio"))
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    for pattern in ("$STUDIO/paint*", "~/studio/paint*"):
        assert paint(candidates={"posix": [pattern], "windows": [pattern]}).select().path == path


def test_the_environment_variable_comes_first(program, monkeypatch):
    program("bin/paint", "5.0")
    named = program("mine/paint", "4.0")
    monkeypatch.setenv("PAINT_EXECUTABLE", named)
    assert paint().select() == SelectedExecutable(named, version="4.0", place="PAINT_EXECUTABLE")


def test_the_environment_variable_may_have_a_name_on_the_path(program, monkeypatch):
    path = program("bin/paint-beta", "5.0")
    program("here/paint-beta", "6.0")
    monkeypatch.chdir(program.folder / "here")
    monkeypatch.setenv("PAINT_EXECUTABLE", "paint-beta")
    assert paint().select().path == path
    program("here/paint-here", "6.0")
    monkeypatch.setenv("PAINT_EXECUTABLE", "paint-here")
    assert "PAINT_EXECUTABLE names paint-here, which is no program on the PATH" in refusal(paint())


def test_the_environment_variable_may_leave_out_the_extension_that_programs_have_on_windows(program, monkeypatch):
    path = program("mine/paint", "5.0")
    monkeypatch.setenv("PAINT_EXECUTABLE", path.removesuffix(".cmd"))
    assert paint().select().path == path


def test_an_empty_environment_variable_counts_as_none(program, monkeypatch):
    path = program("bin/paint", "5.0")
    monkeypatch.setenv("PAINT_EXECUTABLE", "")
    assert paint().select().path == path


@pytest.mark.parametrize(
    ("place", "script", "executable", "said"),
    [
        ("missing/paint", None, False, "{path}: does not exist"),
        ("old/paint", "3.3.1", True, "paint 3.3.1 at {path} (needs >=3.6)"),
        ("silent/paint", "exit 1", True, "{path}: did not print a version (exited with 1; it printed nothing)"),
        ("data/paint", "4.0", False, "{path}: is not executable"),
    ],
)
def test_what_the_environment_variable_names_must_be_usable(program, monkeypatch, place, script, executable, said):
    program("bin/paint", "4.0")
    path = str(program.folder / place) if script is None else program(place, script, executable)
    monkeypatch.setenv("PAINT_EXECUTABLE", path)
    expected = f"PAINT_EXECUTABLE names a program that cannot be used: {said.format(path=path)}; correct or remove it"
    assert refusal(paint(requires=">=3.6")) == expected


def test_the_refusal_lists_what_was_found_where_and_what_to_do(program, installed):
    old = program("bin/paint", "3.3.1")
    silent = program("opt/paint-4.0/paint", "echo cannot open display >&2; exit 3")
    data = program("opt/paint-4.1/paint", "4.1", executable=False)
    said = refusal(installed(requires=">=3.6"))
    assert said == (
        "no usable paint was found: PAINT_EXECUTABLE not set; "
        f"paint 3.3.1 at {old} (needs >=3.6); "
        f"{data}: is not executable; "
        f"{silent}: did not print a version (exited with 3; it printed 'cannot open display'; "
        f"the pattern is {ASK[-1]!r}); "
        "install paint >=3.6, or set PAINT_EXECUTABLE to its path"
    )


@LINK
def test_a_broken_link_is_in_the_refusal(program, tmp_path, installed):
    broken = tmp_path / "opt/paint-4.2/paint"
    broken.parent.mkdir(parents=True)
    broken.symlink_to(tmp_path / "nowhere")
    assert f"; {broken}: is a broken link; " in refusal(installed())


def test_the_refusal_says_where_nothing_is(program, installed, tmp_path):
    assert refusal(installed()) == (
        "no usable paint was found: PAINT_EXECUTABLE not set; no paint on the PATH; "
        f"nothing matches {tmp_path}/opt/paint-*/paint*; install paint, or set PAINT_EXECUTABLE to its path"
    )
    assert issubclass(ExecutableNotFoundError, AdaptorRuntimeError)
    assert ExecutableNotFoundError.exit_code == 1


def test_a_file_on_the_path_that_cannot_be_executed_is_in_the_refusal(program):
    path = program("bin/paint", "4.0", executable=False)
    (program.folder / "bin/brush").mkdir()
    assert f": {path}: is not executable; install" in refusal(Executable(["paint", "brush"]))


@LINK
def test_two_names_of_one_file_are_one_program(program, tmp_path, monkeypatch):
    program("bin/paint", "3.0")
    (tmp_path / "link").symlink_to(tmp_path / "bin", target_is_directory=True)
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{tmp_path / 'link'}")
    assert refusal(paint(requires=">=4")).count("3.0") == 1


def test_a_real_program_is_found_with_its_version(monkeypatch):
    path = os.path.abspath(sys.executable)
    folder, name = os.path.split(path)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    python = Executable(name, version=("--version", r"Python (\d+\.\d+\.\d+)"), requires=">=3").select()
    assert (python.path, python.version) == (path, platform.python_version())


# Options and versions


def test_the_options_of_all_fulfilled_requirements_are_put_together(program):
    program("bin/paint", "4.2.3")
    options = {"<4.2": ["--old"], ">=4.2": ["--backend", "opengl"], "==4.2.*": ["--fix"], ">=5": ["--new"]}
    assert paint(options=options).select().options == ("--backend", "opengl", "--fix")


def test_the_selected_program_is_a_path(program):
    path = program("bin/paint", "4.2.3")
    selected = paint().select()
    assert (str(selected), os.fspath(selected)) == (path, path)


# As an attribute


class PaintAdaptor(Adaptor):
    data_version = SemanticVersion(1, 0)
    executable = paint()
    painter = paint(requires=lambda adaptor: adaptor.init_data.get("paint"))

    def on_run(self, run_data):
        pass


class PaintCommand(CommandAdaptor):
    data_version = SemanticVersion(1, 0)
    executable = paint()

    def get_managed_process(self, run_data):
        raise NotImplementedError


@attrs.define
class PaintWithFields(PaintAdaptor):
    paint_brushes: int = 3


@pytest.mark.parametrize("adaptor_class", [PaintAdaptor, PaintCommand, PaintWithFields])
def test_an_adaptor_has_the_selected_program_and_its_class_the_declaration(program, adaptor_class):
    path = program("bin/paint", "4.2.3")
    adaptor = adaptor_class({})
    assert program.starts == []
    assert adaptor.executable.path == path
    assert adaptor.executable is adaptor.executable
    assert isinstance(adaptor_class.executable, Executable)
    assert repr(adaptor_class.executable) == "<Executable paint>"


def test_a_process_may_declare_its_program_too(program):
    path = program("bin/paint", "4.2.3")

    class Paint(ManagedProcess):
        executable = paint()

        def get_executable(self):
            return str(self.executable)

    assert Paint({}).get_executable() == path


def test_a_program_that_was_not_found_is_looked_for_again(program):
    adaptor = PaintAdaptor({})
    with pytest.raises(ExecutableNotFoundError):
        _ = adaptor.executable
    path = program("bin/paint", "4.2.3")
    assert adaptor.executable.path == path


def test_a_job_may_ask_for_a_version(program, monkeypatch, tmp_path):
    program("bin/paint", "4.2.3")
    older = program("bin2/paint", "3.6.0")
    monkeypatch.setenv("PATH", f"{os.environ['PATH']}{os.pathsep}{tmp_path / 'bin2'}")
    assert PaintAdaptor({}).painter.version == "4.2.3"
    assert PaintAdaptor({"paint": "==3.6.*"}).painter.path == older
    with pytest.raises(ExecutableNotFoundError, match=r"needs >=5"):
        _ = PaintAdaptor({"paint": ">=5"}).painter


@pytest.mark.parametrize("asked", ["four", 4, "4.2"])
def test_a_version_that_a_job_asks_for_must_be_a_requirement(program, asked):
    with pytest.raises(BadInputError, match=r'requested version of paint is .*; write ">=3.6"'):
        _ = PaintAdaptor({"paint": asked}).painter


# The configuration


@pytest.fixture
def configured(tmp_path, monkeypatch):
    def configure(text):
        (tmp_path / "configuration.json").write_text(text)
        monkeypatch.setenv("PAINTADAPTOR_CONFIG_PATH", str(tmp_path / "configuration.json"))

    return configure


def test_the_configuration_may_name_the_program(program, configured, monkeypatch):
    program("bin/paint", "5.0")
    path = program("site/paint", "4.2.3")
    configured(json.dumps({"executable": path}))
    adaptor = PaintAdaptor({})
    assert (adaptor.executable.path, adaptor.painter.version) == (path, "5.0")
    assert (adaptor.executable.place, adaptor.painter.place) == ("executable in the configuration", "PATH")
    monkeypatch.setenv("PAINT_EXECUTABLE", "paint")
    assert PaintAdaptor({}).executable.version == "5.0"


def test_what_the_configuration_names_must_be_usable(program, configured):
    program("bin/paint", "5.0")
    configured('{"executable": "/nowhere/paint"}')
    with pytest.raises(ExecutableNotFoundError, match=r"^executable in the configuration names .* does not exist"):
        _ = PaintAdaptor({}).executable
    configured('{"executable": {"linux": "/nowhere/paint"}}')
    with pytest.raises(BadInputError, match=r"^executable in the configuration is \{.*write the path of paint"):
        _ = PaintAdaptor({}).executable
