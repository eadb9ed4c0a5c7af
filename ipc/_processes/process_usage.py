"""What a process uses, as values."""

from __future__ import annotations

from adaptor_runtime_client._named_tuple import NamedTuple


class ProcessUsage(NamedTuple):
    """What one process used until a moment.

    Attributes:
        pid: Its process id.
        parent: The process id of its parent.
        name: The name of its executable.
        command: Its command line, at most 200 characters; its name if it has none.
        state: ``running``, ``sleeping``, ``disk-sleep``, ``stopped``, ``zombie``, or another word of psutil's.
        threads: How many threads it has.
        cpu_seconds: Processor time that it has used, in user and system mode.
        ended_cpu_seconds: Processor time of its children that have ended and that it has waited for.
        resident_bytes: Its memory that is in RAM.
        peak_bytes: The most that this ever was; None where the system does not know.
    """

    pid: int
    parent: int
    name: str
    command: str
    state: str
    threads: int
    cpu_seconds: float
    ended_cpu_seconds: float
    resident_bytes: int
    peak_bytes: int | None


class TotalUsage(NamedTuple):
    """What several processes used until a moment.

    Attributes:
        processes: How many they are.
        cpu_seconds: Processor time of all, with that of their ended children.
        resident_bytes: Memory of all that is in RAM; memory that they share counts for each of them.
        peak_bytes: The most memory that one of them ever had; None if unknown.
    """

    processes: int
    cpu_seconds: float
    resident_bytes: int
    peak_bytes: int | None
