"""One session: its decisions, and the calls of the adaptor's hooks."""

from __future__ import annotations
