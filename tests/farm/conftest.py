"""Farms of several hosts on one machine: in a room of their own, where they reach nothing but each other."""

from __future__ import annotations

import os

import pytest
from room import Room, missing


@pytest.fixture(scope="session")
def needed():
    """Say what is missing: the test is skipped; where FARM_REQUIRED is set, it fails."""

    def needed(message):
        pytest.fail(message) if os.environ.get("FARM_REQUIRED") else pytest.skip(message)

    return needed


@pytest.fixture(scope="module")
def room(needed):
    """A room of namespaces, with nothing in it."""
    why = missing()
    if why is not None:
        needed(f"needs namespaces of its own: {why}")
    with Room() as room:
        yield room
    assert room.processes() == []
