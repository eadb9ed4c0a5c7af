"""Sessions to report, and a browser to look at the report with."""

from __future__ import annotations

import browser
import pytest
from adaptor_runtime.adaptors._report.page import ReportedSession, page

opened = browser.opened


@pytest.fixture
def written(tmp_path):
    """Write a page about sessions; return its path."""

    def write(*histories, unread=(), journal="session.jsonl", **known):
        path = tmp_path / "report.html"
        sessions = [ReportedSession(history, journal, number, **known) for number, history in enumerate(histories, 1)]
        path.write_text(page(sessions, unread=unread, release="1.2.3"), encoding="utf-8")
        return path

    return write
