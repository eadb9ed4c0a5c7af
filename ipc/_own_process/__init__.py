"""This process itself: its signals, what it has inherited, what it forks and leaves behind."""

from __future__ import annotations
