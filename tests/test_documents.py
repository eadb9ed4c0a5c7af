"""The code blocks of README.md and docs/ run, in the order in which they stand, in one folder per document."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import itertools
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import attrs
import pytest
from adaptor_runtime import (
    ApplicationAdaptor,
    Deadlines,
    LoggingSubprocess,
    ManagedProcess,
    OnLoss,
    RegexCallback,
    Restart,
)
from adaptor_runtime.statemachine import APPLICATION_TRANSITIONS, TRANSITIONS, AdaptorState, ApplicationState
from patience import SECONDS

ROOT = Path(__file__).parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FOR_CONTRIBUTORS = [ROOT / "CONTRIBUTING.md", ROOT / "docs" / "how-it-works.md"]
ADDRESS = "adaptor-runtime/adaptor-runtime"
OURS = re.compile(rf"https://(?:github\.com/{ADDRESS}/(?:blob|tree)|raw\.githubusercontent\.com/{ADDRESS})/main/")
LINK = re.compile(r"(?:\]\(|^\[[^\]]+\]: )([^)#\s]+)", re.MULTILINE)
_MOMENT = r"\b\d{4}-\d\d-\d\d\b|\b\d\d:\d\d:\d\d\b"
_AMOUNT = r"\b[\d.]+ m?s\b|\b[\d.]+ [KM]B\b|\b\d+\.\d\d\b"
_PROCESS = r"\b\d+(?= ran )"
VARIABLE = re.compile(r"[A-Z_]+=")
PLAIN = re.compile(rf"({VARIABLE.pattern}\S+ )*(adaptor-runtime|python) [^$&;|<>]*")
BLOCK = re.compile(r"^```(\w+)([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

pytestmark = pytest.mark.timeout(1200)  # a builder of pages, and demos of the real size, are work


def blocks(document: Path) -> list[tuple[str, str, str]]:
    return [(match[1], match[2].strip(), match[3]) for match in BLOCK.finditer(document.read_text(encoding="utf-8"))]


def run(command: list[str], folder: Path, exit_code: int = 0, variables: Mapping[str, str] | None = None) -> str:
    programs = [str(Path(sys.executable).parent), sysconfig.get_path("scripts")]
    path = os.pathsep.join([*programs, os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(folder), **(variables or {})}
    finished = subprocess.run(
        [shutil.which(command[0], path=path) or command[0], *command[1:]],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=6 * SECONDS,
    )
    assert finished.returncode == exit_code, finished.stdout
    return finished.stdout


def lines_of(script: str) -> list[str]:
    return script.replace("\\\n", "").splitlines()


def needs_a_shell(script: str) -> bool:
    """Return whether a script has more than commands of ours, perhaps with variables in front of them."""
    return not all(PLAIN.fullmatch(re.sub("'[^']*'", "''", line)) for line in lines_of(script))


def run_script(script: str, folder: Path, exit_code: int = 0) -> str:
    """Run a script, also where there is no shell for it, and return what it prints."""
    if os.name == "posix":
        return run(["bash", "-e", "-c", script], folder, exit_code)
    output = ""
    lines = lines_of(script)
    for number, line in enumerate(lines, 1):
        words = shlex.split(line)
        variables = dict(word.split("=", 1) for word in itertools.takewhile(VARIABLE.match, words))
        output += run(words[len(variables) :], folder, exit_code if number == len(lines) else 0, variables)
    return output


def without_figures(text: str) -> list[str]:
    """Return the lines of an output without what differs from one run to the next."""
    names = [sys.executable, os.path.normpath(sys.executable), "/usr/bin/python3"]  # as documents have it
    for name in [*names, *(name.replace("\\", r"\\") for name in names)]:  # a log has it as a literal
        text = text.replace(name, "python")
    text = re.sub(r"(exited with \d+), at most \S+ MB", r"\1", text)  # the peak of a small program is not always known
    text = re.sub(rf"{_MOMENT}|{_AMOUNT}|{_PROCESS}", "…", re.sub(" {2,}", "  ", text))
    return re.sub(r"\b(seconds=|task-)[\d.a-f]+", r"\1…", text).splitlines()


def similar(text: str) -> list[str]:
    """Return the lines of an output without any number, task, address or absolute path, and with single blanks."""
    for pattern in (r"\btask-[\da-f]+", r"(?:\b[A-Z]:)?[/\\][\w/\\.-]+", r"\d+([.:-]\d+)*"):
        text = re.sub(pattern, "…", text)
    return [" ".join(line.split()) for line in text.replace("=python", "=…").splitlines()]


def as_parameter(document: Path) -> object:
    scripts = [text for language, _, text in blocks(document) if language == "sh"]
    marks = [pytest.mark.posix("a shell for its blocks")] if any(map(needs_a_shell, scripts)) else []
    return pytest.param(document, marks=marks, id=document.name)


@pytest.mark.parametrize("document", [as_parameter(each) for each in DOCUMENTS])
def test_every_code_block_of_a_document_runs(document, tmp_path):
    output = ""
    for number, (language, info, text) in enumerate(blocks(document)):
        if info.startswith("file="):
            file = tmp_path / info.removeprefix("file=")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        elif language == "python" and text.startswith(">>>"):
            session = tmp_path / f"block_{number}.txt"
            session.write_text(text, encoding="utf-8")
            run([sys.executable, "-m", "doctest", str(session)], tmp_path)
        elif language == "python":
            script = tmp_path / f"block_{number}.py"
            script.write_text(text, encoding="utf-8")
            output = run([sys.executable, str(script)], tmp_path)
        elif language == "sh":
            output = run_script(text, tmp_path, int(info.removeprefix("exit=") or 0))
        elif info in {"output", "similar"}:
            reduced = without_figures if info == "output" else similar
            printed = reduced(output)
            missing = [line for line in reduced(text) if line not in printed]
            assert not missing, f"{missing} not in the output of the block before:\n{output}"


def test_every_link_of_a_document_leads_somewhere():
    broken = [
        f"{document.name}: {target}"
        for document in {*DOCUMENTS, *FOR_CONTRIBUTORS}
        for target in LINK.findall(document.read_text(encoding="utf-8"))
        if not leads_somewhere(document, target)
    ]
    assert broken == []


def leads_somewhere(document: Path, target: str) -> bool:
    ours = OURS.match(target)
    if ours is not None:
        return (ROOT / target[ours.end() :]).exists()
    return "://" in target or (document.parent / target).exists()


def test_the_readme_can_be_shown_where_there_are_no_files_beside_it():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [target for target in LINK.findall(text) if "://" not in target] == []
    assert "```mermaid" not in text


@pytest.mark.parametrize("name", ["adaptor.py", "client.py"])
def test_the_guide_has_the_example_for_blender_as_it_is_tested(name):
    shown = {info: code for _, info, code in blocks(ROOT / "docs" / "guide.md")}[f"file=blender/{name}"]
    code = (ROOT / "docs" / "examples" / "blender" / name).read_text(encoding="utf-8")
    assert shown == code.replace("  # type: ignore[import-not-found]", "")


def test_the_page_about_farms_has_the_script_for_slurm_as_it_is_tested():
    shown = {info: code for _, info, code in blocks(ROOT / "docs" / "farm.md")}["file=slurm.sbatch"]
    assert shown == (ROOT / "docs" / "examples" / "renderer" / "slurm.sbatch").read_text(encoding="utf-8")


@pytest.mark.parametrize("document", FOR_CONTRIBUTORS, ids=lambda document: document.name)
def test_every_file_that_a_document_names_exists_and_every_room_is_in_it(document):
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:adaptors|docs|ipc|requirements|statemachine|tests)/[\w/.-]*)`", text))
    assert sorted(name for name in named if not (ROOT / name).exists()) == []
    packages = [
        path.parent for top in ("statemachine", "ipc", "adaptors") for path in (ROOT / top).rglob("__init__.py")
    ]
    rooms = {f"{package.relative_to(ROOT).as_posix()}/" for package in packages}
    of_their_own = ("ipc/client/", "adaptors/compatibility/", "adaptors/root/")
    missing = {room for room in rooms if not room.startswith(of_their_own)} - named - {"ipc/"}
    assert sorted(missing) == []


def module_of(path: Path) -> ModuleType:
    specification = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generate():
    return module_of(ROOT / "docs" / "generate.py")


COMMAND_LINE = "command-line.md"


@pytest.mark.posix("the examples of the page are for its shells")
def test_the_generated_part_of_the_page_about_the_command_line_is_fresh(generate):
    check_that_it_is_fresh(generate, COMMAND_LINE)


def test_the_generated_parts_of_the_other_documents_and_the_pictures_are_fresh(generate):
    for name in generate.GENERATED.keys() - {COMMAND_LINE}:
        check_that_it_is_fresh(generate, name)
    for name, draw in generate.PICTURES.items():
        assert (ROOT / "docs" / name).read_text("utf-8") == draw(), f"{name}: run `make docs`"


def check_that_it_is_fresh(generate, name):
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    generated = (part() for part in generate.GENERATED[name])
    assert text == generate.renewed(text, *generated), f"{name}: run `make docs`"


def test_the_document_of_the_lifecycle_has_each_row_of_the_table_and_explains_each_state(generate):
    rows = [line.split("`")[1] for line in generate.lifecycle().splitlines() if line.startswith("| `")]
    assert rows == [row.trigger.value for row in TRANSITIONS] + [row.hook for row in TRANSITIONS if row.hook]
    text = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    assert all(f"\n| {state} | " in text for state in AdaptorState)


def test_the_document_of_the_lifecycle_has_each_row_of_an_application_s_table_and_explains_each_state(generate):
    rows = [line.split("`")[1] for line in generate.application().splitlines() if line.startswith("| `")]
    assert rows == [row.trigger.value for row in APPLICATION_TRANSITIONS]
    text = (ROOT / "docs" / "lifecycle.md").read_text(encoding="utf-8")
    assert all(f"\n| {state} | " in text for state in ApplicationState)


@pytest.fixture(scope="module")
def chart():
    return module_of(ROOT / "tests" / "benchmarks" / "chart.py")


def test_the_chart_of_the_figures_agrees_with_them(chart):
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    assert [each.work for each in chart.bars(page)] == list(chart.WORKS.values())
    assert (ROOT / "docs" / "performance.svg").read_text(encoding="utf-8") == chart.svg(page)


def test_the_speeds_in_the_readme_agree_with_the_figures(chart):
    start, *tasks, _ = chart.bars((ROOT / "docs" / "performance.md").read_text(encoding="utf-8"))
    assert "starts ten times faster, a task three to ten times" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert start.reference / start.ours > 9.5
    assert all(2.8 < task.reference / task.ours < 12 for task in tasks)


def test_figures_that_were_not_measured_are_not_drawn(chart):
    assert chart.bars("| `daemon start` |  | 215 ms |") == []


@pytest.fixture(scope="module")
def scale():
    return module_of(ROOT / "tests" / "benchmarks" / "scale.py")


def test_the_scale_is_computed_from_measured_figures(scale):
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    figures = scale.figures(page)
    assert min(figures) > 0
    row = next(line for line in page.splitlines() if line.startswith(f"| {scale.WORKS.task_journal} |"))
    more = page.replace(row, f"| {scale.WORKS.task_journal} |  | 1.5 MB |  |  |  | 1 |")
    assert scale.figures(more) == figures._replace(task_journal=1536.0)


def test_a_scale_without_figures_says_that_they_were_not_measured(scale):
    assert scale.host("") == scale.farm("") == scale.NOT_MEASURED


@pytest.mark.parametrize("text", ["", "no markers"])
def test_a_document_without_markers_is_not_written(generate, text):
    with pytest.raises(ValueError, match="has to stand between"):
        generate.renewed(text, "anything")


@pytest.mark.posix("the pages are built by make, which is for POSIX")
def test_the_documentation_builds_without_a_warning(tmp_path):
    command = [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(ROOT / "docs")]
    run([*command, "-d", str(tmp_path / "doctrees"), str(tmp_path / "html")], tmp_path)
    page = (tmp_path / "html" / "reference.html").read_text(encoding="utf-8")
    missing = [
        f"{package}.{name}"
        for package in (
            "adaptor_runtime.adaptors",
            "adaptor_runtime.ipc",
            "adaptor_runtime.testing",
            "adaptor_runtime_client",
        )
        for name in importlib.import_module(package).__all__
        if not name.startswith("_") and f'id="{package}.{name}"' not in page
    ]
    # It is documented where it comes from.
    assert missing == ["adaptor_runtime.adaptors.AdaptorState"]


def table(head: str) -> list[str]:
    """Return the rows of the table in the guide whose first column has this head."""
    text = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    (rows,) = re.findall(rf"^\| {re.escape(head)} \|[^\n]*\n\|[-|]+\|\n((?:\|[^\n]*\n)+)", text, re.MULTILINE)
    return rows.splitlines()


def shown(value: object) -> str:
    """Return a default as an author would write it."""
    if isinstance(value, OnLoss):
        return f"OnLoss.{value.name}"
    return "Restart()" if value == Restart() else repr(value).replace("'", '"')


@pytest.mark.parametrize("described", [LoggingSubprocess, ManagedProcess, RegexCallback])
def test_the_guide_has_each_argument_with_its_default(described):
    tables = [line for line in (ROOT / "docs" / "guide.md").read_text(encoding="utf-8").splitlines() if line[:1] == "|"]
    arguments = list(inspect.signature(described).parameters.values())
    written = [
        f"`{each.name}`" if each.default is each.empty else f"`{each.name}={each.default!r}`".replace("'", '"')
        for each in arguments
    ]
    assert [each for each in written if not any(each in line for line in tables)] == []


def test_the_guide_has_each_attribute_of_an_application_adaptor_with_its_default():
    names = [name for name in vars(ApplicationAdaptor)["__annotations__"] if not name.startswith("_")]
    written = [f"| `{name}={shown(getattr(ApplicationAdaptor, name))}` |" for name in names]
    assert written == [line[: line.index(" |") + 2] for line in table("attribute")]


def test_the_guide_has_each_argument_of_a_restart_and_each_policy_for_a_loss():
    fields = [f"| `{each.name}={each.default!r}` |" for each in attrs.fields(Restart)]
    assert fields == [line[: line.index(" |") + 2] for line in table("`Restart`")]
    policies = [f"| `OnLoss.{each.name}` |" for each in OnLoss]
    assert policies == [line[: line.index(" |") + 2] for line in table("`on_loss`")]


def test_the_page_of_the_configuration_has_the_default_of_each_deadline_that_cannot_be_without_limit():
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    defaults = Deadlines()
    assert f"its default is {defaults.stop:.0f} seconds" in text
    assert f"its default is {defaults.cancel:.0f} seconds" in text
