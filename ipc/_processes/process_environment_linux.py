"""The environment that a process was started with, from /proc."""

from __future__ import annotations


def initial_environment(pid: int) -> bytes:
    """Return entries ``NAME=value``, each ended by a zero byte; none if this user may not see them."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read()
    except OSError:  # ended meanwhile, of another user, or no process file system
        return b""
