"""Return codes that no program returns."""

from __future__ import annotations

UNKNOWN_EXIT = -255
"""The return code of a process that ended in an unknown way. It counts as a failure."""
