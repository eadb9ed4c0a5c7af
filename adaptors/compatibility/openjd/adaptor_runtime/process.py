"""Applications."""

from __future__ import annotations

from adaptor_runtime.process import LoggingSubprocess, ManagedProcess, StreamLogger

__all__ = ["LoggingSubprocess", "ManagedProcess", "StreamLogger"]
