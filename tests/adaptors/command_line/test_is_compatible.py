"""A job's author asks an adaptor which versions it has."""

from __future__ import annotations

import subprocess
import sys

import pytest
import yaml

COMMAND_LINE = "--openjd-adaptor-cli-version"
INTERFACE = "--integration-data-interface-version"


@pytest.fixture
def ask(command_line):
    """Run a query as a person does, with standard output and standard error apart."""

    def run(*arguments, adaptor="echo:Echo"):
        command = [sys.executable, "-m", "adaptor_runtime", "--adaptor", adaptor, *arguments]
        return subprocess.run(command, env=command_line.environment, capture_output=True, text=True, check=False)

    return run


@pytest.mark.parametrize("interface", ["1.0", "1.2"])
def test_an_adaptor_is_compatible_with_a_job_that_needs_its_versions(ask, interface):
    asked = ask("is-compatible", COMMAND_LINE, "0.1", INTERFACE, interface)
    assert asked.returncode == 0
    [line] = asked.stdout.splitlines()
    assert line == (
        f"compatible: OpenJD Adaptor CLI Version: 0.1, needed 0.1; Echo Data Interface Version: 1.2, needed {interface}"
    )


@pytest.mark.parametrize(
    ("command_line_version", "interface"),
    [("0.2", "1.2"), ("0.1", "1.3"), ("0.1", "2.0"), ("0.1", "0.2"), ("1.0", "1.2")],
)
def test_an_adaptor_that_does_not_serve_a_job_shows_both_pairs(ask, command_line_version, interface):
    asked = ask("is-compatible", COMMAND_LINE, command_line_version, INTERFACE, interface)
    assert asked.returncode == 2
    assert asked.stdout == ""
    line = asked.stderr.splitlines()[-1]
    assert line == (
        f"error: not compatible: OpenJD Adaptor CLI Version: 0.1, needed {command_line_version}; "
        f"Echo Data Interface Version: 1.2, needed {interface}"
    )


@pytest.mark.parametrize("version", ["", "1", "1.2.3", "one.two", "v1.2", "-1.0"])
@pytest.mark.parametrize("option", [COMMAND_LINE, INTERFACE])
def test_a_malformed_version_is_one_line(ask, option, version):
    versions = {COMMAND_LINE: "0.1", INTERFACE: "1.0", option: version}
    asked = ask("is-compatible", *[f"{name}={value}" for name, value in versions.items()])
    assert asked.returncode == 2
    assert asked.stdout == ""
    [line] = asked.stderr.splitlines()
    if version:
        assert (
            line == f"error: {option}: {version!r} is not a version; write two numbers separated by a dot, such as 1.4"
        )
    else:
        assert line.startswith(f"error: {option} has an empty value")


@pytest.mark.parametrize("given", [(), (COMMAND_LINE, "0.1"), (INTERFACE, "1.0")])
def test_both_versions_must_be_given(ask, given):
    asked = ask("is-compatible", *given)
    assert asked.returncode == 2
    assert asked.stdout == ""
    [line] = asked.stderr.splitlines()
    assert "Missing option" in line


@pytest.mark.parametrize(("adaptor", "version"), [("echo:Echo", "1.2"), ("echo:Property", "0.3")])
def test_version_info_is_nothing_but_yaml(ask, adaptor, version):
    asked = ask("version-info", adaptor=adaptor)
    assert asked.returncode == 0
    assert yaml.safe_load(asked.stdout) == {
        "OpenJD Adaptor CLI Version": "0.1",
        f"{adaptor.split(':')[1]} Data Interface Version": version,
    }
    assert "a module that prints" in asked.stderr


@pytest.mark.parametrize(
    ("adaptor", "exit_code", "problem"),
    [("echo:Broken", 1, "KeyError: 'license'"), ("echo:Wrong", 2, "integration_data_interface_version is '1.2'")],
)
def test_an_adaptor_without_a_readable_version_fails(ask, adaptor, exit_code, problem):
    asked = ask("version-info", adaptor=adaptor)
    assert asked.returncode == exit_code
    assert asked.stdout == ""
    line = asked.stderr.splitlines()[-1]
    assert line.startswith("error: ")
    assert problem in line


def test_an_adaptor_must_be_named(command_line):
    asked = command_line("version-info", adaptor=None)
    assert asked.exit_code == 2
    assert len(asked.lines) == 1
