"""Applications, under the name that published adaptors import."""

from __future__ import annotations

from .adaptors.processes import LoggingSubprocess, ManagedProcess, StreamLogger

__all__ = ["LoggingSubprocess", "ManagedProcess", "StreamLogger"]
