"""Return codes that are none of a program's own."""

from __future__ import annotations

UNKNOWN_EXIT = -255
"""The return code of a process that has ended, of which nobody can say how. It is that of a failure."""
