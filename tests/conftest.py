"""Fixtures for all tests."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = [
    "aftermath",
    "command_line",
    "each_value",
    "fault_table",
    "kept_groups",
    "platforms",
]  # in tests/fixtures

# A busy machine is no defect of what is tested.
settings.register_profile("busy machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy machine")


@pytest.fixture(autouse=True, scope="session")
def _nothing_of_this_user_is_configured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run all tests and their processes in a home directory without configuration, and outside any session.

    Output is buffered, as usual: PYTHONUNBUFFERED would hide a missing flush. Bytecode is written, as in an
    installation: otherwise each process would compile the whole package.
    """
    home = str(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, home)
        for name in (
            "OPENJD_ADAPTOR_SOCKET",
            "OPENJD_SESSION_WORKING_DIR",
            "RUNTIME_CONFIG_PATH",
            "XDG_CACHE_HOME",
            "PYTHONUNBUFFERED",
            "PYTHONDONTWRITEBYTECODE",
        ):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_signal_is_ignored() -> None:
    """Run all tests and their processes without ignored signals, even under `nohup`: they would inherit them."""
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None), getattr(signal, "SIGQUIT", None)):
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _processes_are_not_measured_where_a_test_says_so(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep coverage out of the processes of a test marked `unmeasured`.

    Coverage enters each Python process that a test starts, and imports modules into it (json, socket, threading,
    multiprocessing). This disturbs a test that examines `sys.modules` or measures time.
    """
    if request.node.get_closest_marker("unmeasured") is not None:
        for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
            monkeypatch.delenv(name)
