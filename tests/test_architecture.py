"""The house: which folder may import which, checked on the text of the source files, without importing anything."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORY = Path(__file__).resolve().parent.parent
SETUPTOOLS = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
FOLDERS: dict[str, str] = SETUPTOOLS["package-dir"]
ROOT = "adaptor_runtime"
CLIENT = "adaptor_runtime_client"

STATE = "adaptor_runtime.statemachine"
IPC = "adaptor_runtime.ipc"
ADAPTORS = "adaptor_runtime.adaptors"
TESTING = "adaptor_runtime.testing"

# What each room may import of the others, the lowest first. Examples are not here: they are written as authors write.
MAY_IMPORT = {
    CLIENT: set(),
    STATE: {CLIENT},
    # The modules at the top of ipc: errors, handshake, descriptors. The names that are offered are loaded when used.
    IPC: {STATE, CLIENT, f"{IPC}._files", f"{IPC}._application"},
    f"{IPC}._processes": {IPC, CLIENT},
    f"{IPC}._own_process": {STATE, IPC, f"{IPC}._processes"},
    f"{IPC}._files": {IPC, f"{IPC}._processes", CLIENT},
    f"{IPC}._stream": {IPC, f"{IPC}._files", f"{IPC}._own_process", CLIENT},
    f"{IPC}._application": {
        IPC,
        f"{IPC}._files",
        f"{IPC}._own_process",
        f"{IPC}._processes",
        f"{IPC}._stream",
        CLIENT,
    },
    f"{IPC}._daemon": {IPC, f"{IPC}._files", f"{IPC}._own_process", f"{IPC}._processes", f"{IPC}._stream", CLIENT},
    f"{IPC}._commands": {
        STATE,
        IPC,
        f"{IPC}._files",
        f"{IPC}._processes",
        f"{IPC}._own_process",
        f"{IPC}._stream",
        CLIENT,
    },
    f"{ADAPTORS}.data": {IPC, CLIENT},
    f"{ADAPTORS}._paths": {f"{ADAPTORS}.data"},
    f"{ADAPTORS}.output": {IPC, f"{IPC}._own_process", f"{IPC}._stream", f"{ADAPTORS}.data", CLIENT},
    f"{ADAPTORS}._messages": {IPC, STATE, f"{IPC}._files", f"{IPC}._own_process", f"{IPC}._stream", CLIENT},
    f"{ADAPTORS}.configuration": {ADAPTORS, f"{ADAPTORS}.data", IPC, CLIENT},
    f"{ADAPTORS}.processes": {
        STATE,
        IPC,
        f"{ADAPTORS}._messages",
        f"{ADAPTORS}.output",
        f"{IPC}._application",
        f"{IPC}._own_process",
        f"{IPC}._processes",
        f"{IPC}._stream",
        CLIENT,
    },
    f"{ADAPTORS}.executables": {
        STATE,
        IPC,
        f"{ADAPTORS}._messages",
        f"{ADAPTORS}._paths",
        f"{ADAPTORS}.processes",
        f"{IPC}._files",
        f"{IPC}._processes",
        CLIENT,
    },
    # What authors import. What they are offered of other rooms is loaded when it is used.
    ADAPTORS: {
        STATE,
        IPC,
        f"{IPC}._application",
        f"{IPC}._own_process",
        f"{ADAPTORS}._application",
        f"{ADAPTORS}._messages",
        f"{ADAPTORS}._paths",
        f"{ADAPTORS}._session",
        f"{ADAPTORS}._typed_data",
        f"{ADAPTORS}.command_line",
        f"{ADAPTORS}.configuration",
        f"{ADAPTORS}.data",
        f"{ADAPTORS}.executables",
        f"{ADAPTORS}.output",
        f"{ADAPTORS}.processes",
        CLIENT,
    },
    f"{ADAPTORS}._typed_data": {ADAPTORS, f"{ADAPTORS}._paths", f"{ADAPTORS}.data", IPC},
    f"{ADAPTORS}._session": {
        STATE,
        ADAPTORS,
        IPC,
        f"{ADAPTORS}._messages",
        f"{ADAPTORS}._paths",
        f"{ADAPTORS}._typed_data",
        f"{ADAPTORS}.processes",
        f"{IPC}._application",
        f"{IPC}._files",
        f"{IPC}._own_process",
        f"{IPC}._processes",
        CLIENT,
    },
    f"{ADAPTORS}._application": {
        STATE,
        ADAPTORS,
        IPC,
        f"{ADAPTORS}._messages",
        f"{ADAPTORS}._session",
        f"{ADAPTORS}.output",
        f"{ADAPTORS}.processes",
        f"{IPC}._application",
        f"{IPC}._own_process",
        f"{IPC}._processes",
        CLIENT,
    },
    f"{ADAPTORS}._job_template": {ADAPTORS, f"{ADAPTORS}.data", IPC, f"{IPC}._processes"},
    f"{ADAPTORS}._report": {STATE},
    f"{ADAPTORS}._hosting": {
        STATE,
        ADAPTORS,
        f"{ADAPTORS}._application",
        f"{ADAPTORS}._messages",
        f"{ADAPTORS}._session",
        f"{ADAPTORS}._typed_data",
        f"{ADAPTORS}.configuration",
        f"{ADAPTORS}.data",
        f"{ADAPTORS}.output",
        f"{ADAPTORS}.processes",
        IPC,
        f"{IPC}._commands",
        f"{IPC}._daemon",
        f"{IPC}._files",
        f"{IPC}._own_process",
        f"{IPC}._processes",
        f"{IPC}._stream",
        CLIENT,
    },
    f"{ADAPTORS}.command_line": {
        STATE,
        ADAPTORS,
        f"{ADAPTORS}._hosting",
        f"{ADAPTORS}._job_template",
        f"{ADAPTORS}._messages",
        f"{ADAPTORS}._paths",
        f"{ADAPTORS}._report",
        f"{ADAPTORS}.configuration",
        f"{ADAPTORS}.data",
        f"{ADAPTORS}.output",
        IPC,
        f"{IPC}._commands",
        f"{IPC}._daemon",
        f"{IPC}._files",
        f"{IPC}._own_process",
        f"{IPC}._processes",
        f"{IPC}._stream",
        CLIENT,
    },
    # The names of moved adaptors, and those that an author uses.
    ROOT: {
        STATE,
        IPC,
        f"{IPC}._files",
        ADAPTORS,
        f"{ADAPTORS}._paths",
        f"{ADAPTORS}.command_line",
        f"{ADAPTORS}.configuration",
        f"{ADAPTORS}.output",
        f"{ADAPTORS}.processes",
        CLIENT,
    },
    # Tests of adaptors: it looks into a session from outside, and nothing imports it.
    TESTING: {
        STATE,
        IPC,
        ADAPTORS,
        f"{ADAPTORS}._application",
        f"{ADAPTORS}._hosting",
        f"{ADAPTORS}._messages",
        f"{ADAPTORS}._paths",
        f"{ADAPTORS}._session",
        f"{ADAPTORS}.configuration",
        f"{ADAPTORS}.output",
        f"{ADAPTORS}.processes",
        f"{IPC}._files",
        f"{IPC}._processes",
        f"{IPC}._stream",
        CLIENT,
    },
}
SOURCE_FOLDERS = ("statemachine", "ipc", "adaptors", "docs/examples")
# Imported by names of its own, and only by adaptors that were written for those.
LAYER = REPOSITORY / "adaptors" / "compatibility"
# What the first import of a package loads besides.
HELPERS = {f"{CLIENT}._lazy_face", f"{CLIENT}._version"}
NAMES_THAT_SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "misc"}
NAMES_THAT_ADAPTORS_IMPORT = {"adaptor_runtime._utils"}
# The client runs in the Python that an application ships.
CLIENT_SYNTAX = (3, 7)


class Module(NamedTuple):
    """One source file: where it lies, and the name under which it is installed."""

    name: str
    path: Path

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def package(self) -> str:
        return self.name if self.is_package else self.name.rpartition(".")[0]

    @property
    def part(self) -> str:
        return part_of(self.name)


class Import(NamedTuple):
    """One thing that a module imports, by its full name."""

    target: str
    line: int
    is_relative: bool


def part_of(name: str) -> str:
    """Name the room that a module belongs to: the innermost package."""
    leading = [part for part in SETUPTOOLS["packages"] if name == part or name.startswith(part + ".")]
    found = max(leading, key=len, default="")
    return CLIENT if found.startswith(CLIENT) else found


def installed_name(path: Path) -> str:
    """Turn the path of a source file into the name under which pyproject.toml installs it."""
    relative = path.relative_to(REPOSITORY)
    package, folder = max(
        ((package, folder) for package, folder in FOLDERS.items() if Path(folder) in relative.parents),
        key=lambda entry: len(Path(entry[1]).parts),
    )
    inner = relative.relative_to(folder).with_suffix("").parts
    return ".".join((package, *(inner[:-1] if inner[-1] == "__init__" else inner)))


def source_modules() -> list[Module]:
    """List every source file of the packages."""
    paths = [path for folder in SOURCE_FOLDERS for path in sorted((REPOSITORY / folder).rglob("*.py"))]
    return [Module(installed_name(path), path) for path in paths if LAYER not in path.parents]


def layer_modules() -> list[Module]:
    """List the source files of the compatibility layer under the names by which adaptors import them."""
    found = []
    for path in sorted(LAYER.rglob("*.py")):
        parts = path.relative_to(LAYER).with_suffix("").parts
        found.append(Module(".".join(parts[:-1] if parts[-1] == "__init__" else parts), path))
    return found


MODULES = source_modules()
MODULE_NAMES = {module.name for module in MODULES}


def imports_of(module: Module) -> list[Import]:
    """List what a module imports anywhere in it, also inside functions and for type checkers only."""
    found: list[Import] = []
    for node in ast.walk(ast.parse(module.path.read_text(encoding="utf-8"), str(module.path))):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno, is_relative=False) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = resolve(module, node.level, node.module)
            found += [Import(name_in(base, alias.name), node.lineno, node.level > 0) for alias in node.names]
    return found


def resolve(module: Module, level: int, name: str | None) -> str:
    """Give the full name of what stands after `from`."""
    if not level:
        return name or ""
    parents = module.package.split(".")
    base = parents[: len(parents) - level + 1]
    return ".".join([*base, name] if name else base)


def name_in(base: str, name: str) -> str:
    """Tell `from package import module` from `from module import name`."""
    inner = f"{base}.{name}"
    return inner if inner in MODULE_NAMES else base


def is_ours(name: str) -> bool:
    """Say whether a full name belongs to one of the two distributed packages."""
    return name.split(".", maxsplit=1)[0] in {ROOT, CLIENT}


def shown(module: Module, line: int) -> str:
    """Write a place so that a terminal can jump to it."""
    return f"{module.path.relative_to(REPOSITORY)}:{line}"


PARTS = [module for module in MODULES if module.part in MAY_IMPORT]


def test_imports_point_one_way() -> None:
    wrong = [
        f"{shown(module, found.line)}: {module.part} must not import {found.target}{way_to(module.part, found.target)}"
        for module in PARTS
        for found in imports_of(module)
        if is_ours(found.target) and part_of(found.target) not in {module.part, *MAY_IMPORT[module.part]}
    ]
    assert not wrong, "\n".join(wrong)


def way_to(room: str, target: str) -> str:
    """Say which room an import that is not allowed should go through."""
    through = sorted(
        between for between in MAY_IMPORT[room] - {CLIENT} if part_of(target) in {*MAY_IMPORT[between], between}
    )
    return f"; go through {' or '.join(through)}" if through else "; it is above, and has to hand down what is needed"


def test_a_misplaced_import_is_reported_with_the_right_package() -> None:
    assert way_to(f"{ADAPTORS}._hosting", f"{IPC}._application.server").startswith(f"; go through {ADAPTORS} or ")
    assert "it is above" in way_to(f"{IPC}._processes", f"{ADAPTORS}._session.runner")


def test_every_room_is_in_the_map_and_only_the_tops_import_back() -> None:
    assert {module.part for module in MODULES if ".examples" not in module.name} == set(MAY_IMPORT)
    order = list(MAY_IMPORT)
    back = {
        (room, other)
        for room, others in MAY_IMPORT.items()
        for other in others
        if order.index(other) > order.index(room)
    }
    assert {room for room, _ in back} == {IPC, ADAPTORS, f"{ADAPTORS}.configuration"}


def test_each_room_says_what_it_holds_and_loads_nothing_eagerly() -> None:
    for module in PARTS:
        if module.is_package:
            assert ast.get_docstring(ast.parse(module.path.read_text(encoding="utf-8"))), module.name
    packages = [module.name for module in PARTS if module.is_package]
    loaded = "import sys, importlib; [importlib.import_module(name) for name in sys.argv[1:]];"
    loaded += f"print(*[name for name in sys.modules if name.startswith('{ROOT}')])"
    done = subprocess.run([sys.executable, "-c", loaded, *packages], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) == {*packages, *HELPERS}


def test_the_folders_import_each_other_relatively() -> None:
    wrong = [
        f"{shown(module, found.line)}: import {found.target} relatively"
        for module in PARTS
        for found in imports_of(module)
        if not found.is_relative
        and is_ours(found.target)
        and (module.part == CLIENT or found.target.split(".")[0] != CLIENT)
    ]
    assert not wrong, "\n".join(wrong)


def test_the_compatibility_layer_imports_names_of_the_runtime_that_adaptors_may_import_too() -> None:
    modules = [module for module in layer_modules() if not module.name.startswith("openjd.adaptor_runtime_client")]
    offered = {module.name for module in MODULES if module.part == ROOT or module.name in SETUPTOOLS["packages"]}
    assert modules
    imported = {found.target for module in modules for found in imports_of(module)} - {"__future__"}
    assert imported <= offered


def test_the_client_of_the_compatibility_layer_needs_nothing_but_python_3_7() -> None:
    (client,) = [module for module in layer_modules() if module.name.startswith("openjd.adaptor_runtime_client")]
    assert {found.target for found in imports_of(client)} <= {"__future__", "importlib.util", "os", "sys"}
    ast.parse(client.path.read_text(encoding="utf-8"), str(client.path), feature_version=CLIENT_SYNTAX)


def test_the_compatibility_layer_leaves_the_namespace_to_other_distributions() -> None:
    assert {path.name for path in LAYER.iterdir()} == {"openjd"}
    assert not (LAYER / "openjd" / "__init__.py").exists()


def test_no_import_names_a_folder_of_the_repository() -> None:
    folders = {"statemachine", "ipc", "adaptors"}
    wrong = [
        f"{shown(module, found.line)}: {found.target} is found in the repository only"
        for module in MODULES
        for found in imports_of(module)
        if not found.is_relative and found.target.split(".")[0] in folders
    ]
    assert not wrong, "\n".join(wrong)


def test_the_client_imports_the_standard_library_only() -> None:
    if sys.version_info < (3, 10):
        pytest.skip("sys.stdlib_module_names came with Python 3.10")
    wrong = [
        f"{shown(module, found.line)}: {found.target} is not in the standard library"
        for module in PARTS
        if module.part == CLIENT
        for found in imports_of(module)
        if not is_ours(found.target) and found.target.split(".")[0] not in sys.stdlib_module_names
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "module", [module for module in PARTS if module.part == CLIENT], ids=lambda module: module.name
)
def test_the_client_is_written_in_the_syntax_of_python_3_7(module: Module) -> None:
    ast.parse(module.path.read_text(encoding="utf-8"), str(module.path), feature_version=CLIENT_SYNTAX)


def test_no_modules_import_each_other_in_a_circle() -> None:
    edges = {
        module.name: {found.target for found in imports_of(module)} & MODULE_NAMES - {module.name} for module in PARTS
    }
    circle = find_circle(edges)
    assert not circle, " -> ".join(circle)


def find_circle(edges: dict[str, set[str]]) -> list[str]:
    """Walk depth first; a module met again while it is still open closes a circle."""
    finished: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return [*path[path.index(name) :], name]
        if name in finished:
            return []
        for target in sorted(edges.get(name, ())):
            circle = walk(target, [*path, name])
            if circle:
                return circle
        finished.add(name)
        return []

    return next((circle for name in sorted(edges) if (circle := walk(name, []))), [])


@pytest.mark.parametrize(
    ("edges", "circle"),
    [
        ({}, []),
        ({"a": {"b", "c"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, ["b", "c", "b"]),
    ],
)
def test_a_circle_is_found(edges: dict[str, set[str]], circle: list[str]) -> None:
    assert find_circle(edges) == circle


def test_every_folder_that_is_a_package_is_in_pyproject() -> None:
    assert sorted(module.name for module in MODULES if module.is_package) == sorted(SETUPTOOLS["packages"])


def test_every_folder_with_source_files_is_a_package() -> None:
    bare = {module.path.parent for module in MODULES if not (module.path.parent / "__init__.py").exists()}
    assert not bare


def test_every_typed_package_says_so() -> None:
    for package in (ROOT, CLIENT):
        assert (REPOSITORY / FOLDERS[package] / "py.typed").is_file()


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = {module.name for module in MODULES if module.name.rpartition(".")[2].strip("_") in NAMES_THAT_SAY_NOTHING}
    assert found == NAMES_THAT_ADAPTORS_IMPORT
