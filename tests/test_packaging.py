"""What is handed out: built for real, from a copy of the sources, so that a build never disturbs a checkout."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.metadata import requires, version
from pathlib import Path

import adaptor_runtime
import adaptor_runtime_client
import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
CLIENT_IN_RUNTIME = "adaptor_runtime/ipc/client/adaptor_runtime_client/"

# One process builds for all tests of this file.
pytestmark = [pytest.mark.xdist_group("packaging"), pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    sources = tmp_path_factory.mktemp("sources") / "adaptor-runtime"
    shutil.copytree(
        REPOSITORY, sources, ignore=shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "build", "dist")
    )
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(sources)]
    # The build is not ours to measure; coverage in it would write into the copy.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def wheel(built: Path) -> dict[str, bytes]:
    (path,) = built.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def sdist(built: Path) -> set[str]:
    (path,) = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def source_files(folder: str, *patterns: str) -> set[str]:
    found = {path for pattern in patterns for path in (REPOSITORY / folder).rglob(pattern)}
    return {path.relative_to(REPOSITORY).as_posix() for path in found}


def python_files(folder: str) -> set[str]:
    return {name[len(folder) + 1 :] for name in source_files(folder, "*.py")}


def test_the_wheel_holds_every_module_under_its_installed_name(wheel: dict[str, bytes]) -> None:
    expected = {f"adaptor_runtime/statemachine/{name}" for name in python_files("statemachine")}
    expected |= {f"adaptor_runtime/ipc/{name}" for name in python_files("ipc")}
    elsewhere = ("root/", "testing/")
    expected |= {f"adaptor_runtime/adaptors/{n}" for n in python_files("adaptors") if not n.startswith(elsewhere)}
    expected |= {f"adaptor_runtime/{name}" for name in python_files("adaptors/root")}
    expected |= {f"adaptor_runtime/testing/{name}" for name in python_files("adaptors/testing")}
    expected |= {f"adaptor_runtime/examples/{name}" for name in python_files("docs/examples")}
    expected |= {f"adaptor_runtime_client/{name}" for name in python_files("ipc/client/adaptor_runtime_client")}
    assert {name for name in wheel if name.endswith(".py")} == expected


def test_the_wheel_holds_nothing_but_our_two_packages(wheel: dict[str, bytes]) -> None:
    tops = {name.partition("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"adaptor_runtime", "adaptor_runtime_client"}


def test_the_wheel_tells_type_checkers_that_it_is_typed(wheel: dict[str, bytes]) -> None:
    assert {"adaptor_runtime/py.typed", "adaptor_runtime_client/py.typed"} <= set(wheel)


def test_the_folder_for_an_application_holds_the_same_client_and_nothing_else(wheel: dict[str, bytes]) -> None:
    folder = {name: data for name, data in wheel.items() if name.startswith("adaptor_runtime/ipc/client/")}
    package = {name: data for name, data in wheel.items() if name.startswith("adaptor_runtime_client/")}
    assert folder == {CLIENT_IN_RUNTIME + name.partition("/")[2]: data for name, data in package.items()}


def test_the_compatibility_layer_is_package_data_and_replaces_no_other_package(wheel: dict[str, bytes]) -> None:
    layer = {f"adaptor_runtime/{name}" for name in source_files("adaptors/compatibility", "*.py")}
    assert len(layer) > 1
    assert layer <= set(wheel)
    assert not [name for name in wheel if name.startswith("openjd")]


def test_the_wheel_holds_the_data_of_the_examples(wheel: dict[str, bytes]) -> None:
    expected = source_files("docs/examples", "*.yaml", "*.json", "*.txt", "*.md", "*.sbatch", "*.sh")
    assert {name.replace("docs/examples", "adaptor_runtime/examples", 1) for name in expected} <= set(wheel)


def test_the_wheel_holds_the_schemas_of_configuration(wheel: dict[str, bytes]) -> None:
    names = {Path(name).name for name in source_files("adaptors/configuration", "*.json")}
    assert names == {"adaptor.schema.json", "runtime.schema.json"}
    assert {f"adaptor_runtime/adaptors/configuration/{name}" for name in names} <= set(wheel)


def test_the_wheel_carries_the_licence(wheel: dict[str, bytes]) -> None:
    (name,) = [name for name in wheel if name.endswith(".dist-info/licenses/LICENSE")]
    assert wheel[name].replace(b"\r\n", b"\n") == (REPOSITORY / "LICENSE").read_bytes().replace(b"\r\n", b"\n")
    assert b"Apache License" in wheel[name]


def test_the_sdist_holds_all_that_is_needed_to_build_and_test(sdist: set[str]) -> None:
    expected = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile"}
    for folder in ("statemachine", "ipc", "adaptors", "docs", "tests"):
        expected |= source_files(folder, "*.py", "py.typed")
    assert expected <= sdist
    assert not [name for name in sdist if name.endswith((".pyc", ".so"))]


TEST_OF_AN_AUTHOR = """
from adaptor_runtime import Adaptor, SemanticVersion


class Greeter(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        self.update_status(status_message=f"hello {run_data['name']}")


def test_it_greets(adaptor_session):
    assert adaptor_session(Greeter).run({"name": "world"}).statuses == ["hello world"]


def test_it_greets_from_a_daemon(daemon_session):
    import adaptor_runtime

    session = daemon_session(Greeter)
    assert session.run({"name": "world"}).statuses == ["hello world"]
    print(adaptor_runtime.__file__)
"""


def test_the_tests_of_an_author_work_right_away_with_the_wheel_and_pytest(built: Path, tmp_path: Path) -> None:
    (path,) = built.glob("*.whl")
    installed, project = tmp_path / "installed", tmp_path / "project"
    with zipfile.ZipFile(path) as archive:
        archive.extractall(installed)
    project.mkdir()
    (project / "test_greeter.py").write_text(TEST_OF_AN_AUTHOR, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", "-rP"]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    environment["PYTHONPATH"] = str(installed)
    done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 passed" in done.stdout
    assert str(installed) in done.stdout  # not what this test itself runs on


def test_both_packages_state_the_version_that_is_installed() -> None:
    assert adaptor_runtime.__version__ == version("adaptor-runtime")
    assert adaptor_runtime_client.__version__ == version("adaptor-runtime")


def test_users_do_not_get_the_developers_tools() -> None:
    needed = [requirement for requirement in requires("adaptor-runtime") or () if "extra ==" not in requirement]
    assert {name.split(">")[0].lower() for name in needed} == {
        "attrs",
        "cattrs",
        "click",
        "jinja2",
        "jsonschema-rs",
        "packaging",
        "psutil",
        "pyyaml",
        "structlog",
        "transitions",
    }


def test_pre_commit_runs_the_ruff_that_the_tests_run() -> None:
    hooks = (REPOSITORY / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    pins = (REPOSITORY / "requirements" / "test.txt").read_text(encoding="utf-8")
    assert re.findall(r"rev: v(\S+)", hooks) == re.findall(r"^ruff==(\S+)", pins, re.MULTILINE)
