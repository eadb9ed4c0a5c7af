"""Fixtures for tests of whole sessions."""

from __future__ import annotations

import pytest
from recorded_session import RecordingStream


@pytest.fixture
def stream():
    return RecordingStream()
