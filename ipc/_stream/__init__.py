"""The ordered stream of a session: what is told, where it is kept, how it is printed."""

from __future__ import annotations
