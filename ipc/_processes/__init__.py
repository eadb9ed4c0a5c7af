"""Other processes: which one is meant, how they are started, watched and ended. It needs no other room."""

from __future__ import annotations
