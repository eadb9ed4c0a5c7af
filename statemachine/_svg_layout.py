"""What a layout of a picture is: a place for each state and each arrow of each machine."""

from __future__ import annotations

from typing import NamedTuple


class Way(NamedTuple):
    """The path of an arrow, and the place of its label."""

    path: str
    x: int
    y: int


class Places(NamedTuple):
    """The places of one machine."""

    states: dict[str, tuple[int, int]]
    """The center of each state."""
    ways: dict[tuple[str, str], Way]
    """The path of each arrow, by its trigger and its source."""


class Layout(NamedTuple):
    """The places of all machines, and how much room they take."""

    width: int
    heights: dict[str, int]
    """The height of each machine's part."""
    places: dict[str, Places]
    """The places of each machine, by its name."""
