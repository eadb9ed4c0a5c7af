"""What a session says: messages, log records and the journal."""

from __future__ import annotations
