"""What all tests share."""

from __future__ import annotations

import os

import pytest

pytest_plugins = ["command_line", "fault_table"]  # in tests/fixtures


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
