"""What is known about the memory of an application that has failed."""

from __future__ import annotations

from typing import NamedTuple, Optional

from ...statemachine._amounts import size


class MemoryShortage(NamedTuple):
    """What the system says about the memory that an application could use."""

    limit: Optional[int] = None
    """Bytes; None if unknown."""

    is_of_group: bool = False
    """Whether the limit is that of its cgroup, and not the memory of the machine."""

    kills: Optional[int] = None
    """How many processes of its cgroup the kernel has killed for lack of memory while it ran; None if unknown."""

    def about(self, peak: int | None) -> str:
        """Return the peak memory beside the limit, as a phrase; empty if the peak is unknown.

        >>> MemoryShortage(32 * 1024**3, is_of_group=True).about(31 * 1024**3)
        'peak 31.0 GB of the 32.0 GB of its cgroup'
        """
        if peak is None:
            return ""
        owner = "its cgroup" if self.is_of_group else "this machine"
        return f"peak {size(peak)}" + ("" if self.limit is None else f" of the {size(self.limit)} of {owner}")

    @property
    def counted(self) -> str:
        """How many kills there were, as a phrase; empty for none."""
        if not self.kills:
            return ""
        return (
            f"the kernel killed {self.kills} process{'' if self.kills == 1 else 'es'} of its cgroup for lack of memory"
        )
