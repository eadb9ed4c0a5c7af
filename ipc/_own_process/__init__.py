"""This process itself: its signals, the state it inherited, its forks, and the children it leaves behind."""

from __future__ import annotations
