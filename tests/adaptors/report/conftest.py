"""Sessions to report, and a browser to look at the report with."""

from __future__ import annotations

import os
import sys

import browser
import pytest
from adaptor_runtime.adaptors._report.page import ReportedSession, page


@pytest.fixture
def written(tmp_path):
    """Write a page about sessions; return its path."""

    def write(*histories, unread=(), journal="session.jsonl", **known):
        path = tmp_path / "report.html"
        sessions = [ReportedSession(history, journal, number, **known) for number, history in enumerate(histories, 1)]
        path.write_text(page(sessions, unread=unread, release="1.2.3"), encoding="utf-8")
        return path

    return write


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """Return a real browser. Without one a test is skipped; where APPLICATIONS_REQUIRED is set, it fails."""
    if sys.platform == "win32":
        pytest.skip("the browser is steered through descriptors that only POSIX passes on")
    program = browser.find()
    if program is None:
        message = "no browser is installed; on Debian and Ubuntu: apt-get install chromium"
        pytest.fail(message) if os.environ.get("APPLICATIONS_REQUIRED") else pytest.skip(message)
    with browser.Browser(program, tmp_path_factory.mktemp("browser")) as opened:
        yield opened
