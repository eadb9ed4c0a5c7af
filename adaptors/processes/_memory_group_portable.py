"""Without cgroups."""

from __future__ import annotations

from ._memory_shortage import MemoryShortage


class MemoryGroup:
    """The group of processes whose memory is limited together with that of an application.

    Args:
        pid: The application.
    """

    def __init__(self, pid: int) -> None:
        pass

    def shortage(self, pid: int) -> MemoryShortage:
        """Return what has happened since; call it before the process is reaped.

        Args:
            pid: The application.
        """
        return MemoryShortage()
