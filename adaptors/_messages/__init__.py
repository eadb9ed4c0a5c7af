"""The output of a session: messages, log records, and the journal."""

from __future__ import annotations
