"""A request to end is a signal on POSIX."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def askable(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables for one child that may be asked to end: a signal needs none."""
    return dict(environment)


def request_end_of_child(environment: Mapping[str, str], *, is_patient: bool = False) -> bool:  # noqa: ARG001  # as the twin has it
    """Return False: send a signal."""
    return False


def request_end(pid: int, *, is_patient: bool = False) -> bool:  # noqa: ARG001  # as the twin has it
    """Return False: send a signal."""
    return False
