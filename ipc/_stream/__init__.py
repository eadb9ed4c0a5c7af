"""The ordered stream of a session: its events, where they are kept, how they are printed."""

from __future__ import annotations
