"""What the documents write is accepted by type checkers at their strictest, without a comment that hushes them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import adaptor_runtime
import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).resolve().parent.parent
STRICT = ("README.md", "docs/guide.md", "docs/configuration.md", "docs/farm.md")
WITHOUT_ANNOTATIONS = ("docs/migration.md", "docs/testing.md")
BLOCK = re.compile(r"^```python(?: file=(\S+))?\n(?!>>>)(.*?)^```$", re.MULTILINE | re.DOTALL)

WRONG = """
from typing import Any

import attrs

from adaptor_runtime import Adaptor, Deadlines, Frames, LoggingSubprocess, MappedPath, SemanticVersion


class Wrong(Adaptor):
    data_version = SemanticVersion(1, 0)
    deadlines = Deadlines(run="an hour")

    def on_start(self) -> None:
        self.declare_application("blender")

    def on_run(self, run_data: dict[str, Any]) -> None:
        LoggingSubprocess(args=["blender"]).write_line(1)
        self.update_status(progress="half")


class Typed(Adaptor):
    data_version = SemanticVersion(1, 0)

    @attrs.define
    class InitData:
        scene_file: MappedPath

    @attrs.define
    class RunData:
        frame: Frames

    init_data: InitData

    def on_run(self, run_data: RunData) -> None:
        print(self.init_data.scene_fil)
        numbers: list[str] = list(run_data.frame)
        print(numbers)


Typed({}).on_run(Typed.RunData(frame="1-3"))
"""
MISTAKES = (11, 14, 17, 18, 35, 36, 40)

# Type checkers are work, and some tests run several.
pytestmark = [pytest.mark.xdist_group("typing"), pytest.mark.unmeasured, pytest.mark.timeout(1200)]


def checked_as_installed(folder: Path) -> list[str]:
    """Return where type checkers find the packages, which do not follow the finder of an editable install."""
    installed = Path(adaptor_runtime.__file__).parent
    if installed.name == "adaptor_runtime":
        return []
    setuptools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    for package in setuptools["packages"]:
        inner = max((name for name in setuptools["package-dir"] if f"{package}.".startswith(f"{name}.")), key=len)
        source = ROOT.joinpath(setuptools["package-dir"][inner], *package[len(inner) + 1 :].split("."))
        target = folder.joinpath(*package.split("."))
        target.mkdir(parents=True)
        for file in (*source.glob("*.py"), *source.glob("py.typed")):
            shutil.copy(file, target)
    return [str(folder)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    return checked_as_installed(tmp_path_factory.mktemp("site"))


@pytest.fixture(scope="module")
def mypy(site, tmp_path_factory):
    cache = str(tmp_path_factory.mktemp("cache"))

    def run(folder: Path, *options: str) -> str:
        command = [sys.executable, "-m", "mypy", "--config-file", os.devnull, "--cache-dir", cache]
        return check(
            [*command, "--follow-imports", "silent", *options, "."], folder, {"MYPYPATH": os.pathsep.join(site)}
        )

    return run


@pytest.fixture(scope="module")
def pyright(site):
    def run(folder: Path, mode: str) -> str:
        options = {"include": ["."], "extraPaths": site, "typeCheckingMode": mode}
        (folder / "pyrightconfig.json").write_text(json.dumps(options), encoding="utf-8")
        command = [sys.executable, "-m", "pyright", "--pythonpath", sys.executable]
        return check(command, folder, {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"})

    return run


def check(command: list[str], folder: Path, variables: dict[str, str]) -> str:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout


def write_blocks(documents: Iterable[str], folder: Path) -> None:
    for document in documents:
        text = (ROOT / document).read_text(encoding="utf-8")
        assert "type: ignore" not in text
        for number, match in enumerate(BLOCK.finditer(text)):
            file = folder / Path(document).stem / (match[1] or f"block_{number}.py")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(match[2], encoding="utf-8")
    assert {path.name for path in folder.iterdir()} == {Path(document).stem for document in documents}


def test_the_code_of_the_documents_is_accepted_at_the_strictest(tmp_path, mypy, pyright):
    write_blocks(STRICT, tmp_path)
    assert mypy(tmp_path, "--strict") == ""
    assert pyright(tmp_path, "strict") == ""


def test_code_without_annotations_is_accepted(tmp_path, mypy, pyright):
    write_blocks(WITHOUT_ANNOTATIONS, tmp_path)
    assert mypy(tmp_path, "--check-untyped-defs") == ""
    assert pyright(tmp_path, "standard") == ""


def test_the_examples_are_accepted_at_the_strictest(tmp_path, mypy, pyright):
    shutil.copytree(ROOT / "docs" / "examples", tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "examples" / "renderer" / "demo.py").unlink()  # it imports from the package that it is installed in
    assert mypy(tmp_path, "--strict") == ""
    assert pyright(tmp_path, "standard") == ""


def test_the_mistakes_of_an_author_are_found(tmp_path, mypy, pyright):
    (tmp_path / "wrong.py").write_text(WRONG, encoding="utf-8")
    for said in (mypy(tmp_path, "--strict"), pyright(tmp_path, "strict")):
        assert {int(line) for line in re.findall(r"wrong\.py:(\d+)", said)} == set(MISTAKES), said
