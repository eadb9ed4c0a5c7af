"""What all tests share."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

pytest_plugins = ["command_line", "each_value", "fault_table"]  # in tests/fixtures


@pytest.fixture(autouse=True, scope="session")
def _nothing_of_this_user_is_configured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Run all tests, and what they start, in a home directory without configuration and outside of any session.

    And with output that is buffered, as everywhere: PYTHONUNBUFFERED would hide what is not flushed. And with bytecode,
    as where a package is installed: without it each process would compile the whole of it.
    """
    home = str(tmp_path_factory.mktemp("home"))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, home)
        for name in (
            "OPENJD_ADAPTOR_SOCKET",
            "OPENJD_SESSION_WORKING_DIR",
            "RUNTIME_CONFIG_PATH",
            "PYTHONUNBUFFERED",
            "PYTHONDONTWRITEBYTECODE",
        ):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(autouse=True, scope="session")
def _no_signal_is_ignored() -> None:
    """Run all tests, and what they start, as if nobody had said `nohup`: what is ignored would be so in them, too."""
    for number in (signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None), getattr(signal, "SIGQUIT", None)):
        if number is not None and signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, signal.SIG_DFL)


@pytest.fixture(autouse=True)
def _processes_are_not_measured_where_a_test_says_so(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keep coverage out of the processes of a test marked `unmeasured`.

    Coverage enters each Python process that a test starts, and brings modules of its own (json, socket, threading,
    multiprocessing) into it. A test that looks at `sys.modules`, or at a clock, wants neither.
    """
    if request.node.get_closest_marker("unmeasured") is not None:
        for name in [name for name in os.environ if name.startswith("COVERAGE_")]:
            monkeypatch.delenv(name)
