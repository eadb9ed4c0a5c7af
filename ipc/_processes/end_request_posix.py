"""A request to end is a signal on POSIX."""

from __future__ import annotations


def request_end(pid: int, *, is_patient: bool = False) -> bool:  # noqa: ARG001  # as the twin has it
    """Return False: send a signal."""
    return False
