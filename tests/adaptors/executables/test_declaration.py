"""A mistake in a declaration is an error where the class is defined, and says what to write."""

from __future__ import annotations

import subprocess
import sys

import pytest
from adaptor_runtime import Executable
from adaptor_runtime.adaptors.executables._requirement import comparable, fits, is_requirement
from packaging.specifiers import SpecifierSet

ASK = ("--version", r"Paint (\S+)")


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"names": ""}, ValueError, 'write a name such as "blender", and paths as candidates'),
        ({"names": "/usr/bin/paint"}, ValueError, "and paths as candidates"),
        ({"names": []}, ValueError, "write a name"),
        ({"names": 3}, TypeError, "write a name"),
        ({"environment": 3}, TypeError, "write the name of a variable"),
        ({"environment": "A=B"}, ValueError, "write the name of a variable"),
        ({"candidates": ["/opt/paint"]}, TypeError, 'write {"linux": ["/opt/blender-*/blender"]}'),
        ({"candidates": {"linux": "/opt/paint"}}, TypeError, "not a list; write"),
        ({"candidates": {"solaris": ["/opt/paint"]}}, ValueError, 'write "linux", "darwin", "windows", or "posix"'),
        ({"candidates": {3: ["/opt/paint"]}}, ValueError, 'write "linux"'),
        ({"candidates": {"linux": [3]}}, TypeError, "something that is not a text; write"),
        ({"version": "--version"}, TypeError, 'write version=("--version", r"Blender'),
        ({"version": ["--version"]}, ValueError, "without an argument and a pattern; write version="),
        ({"version": ("--version", "Paint (")}, ValueError, "is no regular expression: missing ), unterminated"),
        ({"version": ASK, "requires": "4.2"}, ValueError, 'write ">=3.6", "==4.2.*" or ">=3.6,<5"'),
        ({"version": ASK, "requires": 4.2}, TypeError, 'write ">=3.6"'),
        ({"requires": ">=4.2"}, ValueError, "requires needs the version of the program; write version="),
        ({"options": {">=4.2": ["-x"]}}, ValueError, "options needs the version of the program; write version="),
        ({"version": ASK, "options": [">=4.2"]}, TypeError, 'write {">=4.2": ["--gpu-backend", "opengl"]}'),
        ({"version": ASK, "options": {"4.2": ["-x"]}}, ValueError, "options has the version '4.2'; write"),
        ({"version": ASK, "options": {">=4.2": "-x"}}, TypeError, "not a list; write"),
        ({"timeout": 0}, ValueError, "write a number of seconds greater than 0"),
        ({"timeout": "20"}, ValueError, "write a number of seconds"),
    ],
)
def test_a_mistake_is_told_with_what_to_write(options, error, said):
    with pytest.raises(error) as caught:
        Executable(**{"names": "paint", **options})
    assert said in str(caught.value)


REQUIREMENTS = [
    "", ">=3.6", ">= 3.6 , < 5", "==4.2.*", "!=4.2.1", "~=4.2", "<5.0.0b1", "==4.2rc1.post2.dev3", ">3,", "<=2024.1",
]  # fmt: skip


@pytest.mark.parametrize("text", REQUIREMENTS)
def test_every_requirement_that_is_accepted_is_one_for_the_library_that_compares(text):
    assert is_requirement(text)
    SpecifierSet(text)


@pytest.mark.parametrize("text", ["3.6", "=>3.6", ">=", "~=4", ">=4.2.*", ">=3.6;<5", "paint>=3", ">=v", "≥3", ">=٣"])
def test_what_is_not_a_requirement_is_not_accepted(text):
    assert not is_requirement(text)


@pytest.mark.parametrize(
    ("version", "requirement", "expected"),
    [
        ("4.10.0", ">=4.9", True),
        ("4.2.0", "==4.2", True),
        ("5.0.0-alpha", ">=5", False),
        ("5.0.0-alpha", "<5", False),
        ("4.3.0b1", ">=4.2", True),
        ("14.0v5", ">14.0.4,<14.0.6", True),
        ("n6.1.1-3ubuntu5", "==6.1.1.3.5", True),
        ("anything 1", "", True),
    ],
)
def test_versions_are_compared_by_their_numbers(version, requirement, expected):
    assert fits(version, requirement) is expected


def test_a_version_that_is_not_one_of_a_package_is_its_numbers():
    assert str(comparable("14.0v5")) == "14.0.5"


@pytest.mark.unmeasured
def test_declaring_loads_neither_what_compares_nor_what_runs_programs():
    declare = f"Executable('paint', version={ASK!r}, requires='>=3', options={{'>=4': ['-x']}})"
    code = "import sys; from adaptor_runtime import Adaptor; before = {*sys.modules};"
    code += f"from adaptor_runtime import Executable; {declare}; print(*{{*sys.modules}} - before)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"glob", "packaging", "psutil", "shutil", "structlog", "subprocess", "logging", "json"}
    loaded = set(done.stdout.split())
    assert "adaptor_runtime.adaptors.executables._executable" in loaded
    assert not heavy & loaded
