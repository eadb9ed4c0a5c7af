"""The memory cgroup of an application, of version 2 or 1; see cgroups(7)."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from ._memory_shortage import MemoryShortage

assert sys.platform == "linux"

_COUNT = "oom_kill "
_MOST = 16_384


class _Version(NamedTuple):
    mount: str  # where systemd mounts it, and every container runtime
    limit: str
    events: str


_VERSION_2 = _Version("/sys/fs/cgroup", "memory.max", "memory.events")
_VERSION_1 = _Version("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.oom_control")


class MemoryGroup:
    """The group of processes whose memory is limited together with that of an application.

    Args:
        pid: The application.
    """

    def __init__(self, pid: int) -> None:
        self._found = _find(pid)
        self._kills = _kills(self._found)

    def shortage(self, pid: int) -> MemoryShortage:
        """Return what has happened since; call it before the process is reaped.

        Args:
            pid: The application.
        """
        found, before = _find(pid), self._kills
        if found is None or (found[0] is _VERSION_1 and found[1] == found[0].mount):
            found = self._found  # a process that has ended is in the uppermost group of version 1
        elif found != self._found:
            before = 0  # it has moved, as into a scope of systemd
        kills = _kills(found)
        limit = _limit(found)
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        is_of_group = limit is not None and limit < machine
        since = None if kills is None or before is None else max(0, kills - before)
        return MemoryShortage(limit if is_of_group else machine, is_of_group, since)


def _find(pid: int) -> tuple[_Version, str] | None:
    """Return the version and the folder of the group that a process is in."""
    for line in (_read(f"/proc/{pid}/cgroup") or "").splitlines():
        number, controllers, name = line.split(":", 2)
        if "memory" in controllers.split(","):
            return _VERSION_1, _folder(_VERSION_1, name)
        if number == "0":
            unified = _VERSION_2, _folder(_VERSION_2, name)
            if os.path.exists(os.path.join(unified[1], _VERSION_2.events)):
                return unified
    return None


def _folder(version: _Version, name: str) -> str:
    folder = os.path.join(version.mount, name.lstrip("/")).rstrip("/")
    # In a container without a namespace of its own, the name is one of the host, and its group is all that is mounted.
    return folder if os.path.isdir(folder) else version.mount


def _kills(found: tuple[_Version, str] | None) -> int | None:
    if found is None:
        return None
    version, folder = found
    for line in (_read(os.path.join(folder, version.events)) or "").splitlines():
        if line.startswith(_COUNT):
            return int(line[len(_COUNT) :])
    return None


def _limit(found: tuple[_Version, str] | None) -> int | None:
    """Return the lowest limit of a group and those that it is in."""
    if found is None:
        return None
    version, folder = found
    limits = []
    while True:
        text = (_read(os.path.join(folder, version.limit)) or "").strip()
        if text.isdigit():  # "max" for none
            limits.append(int(text))
        if len(folder) <= len(version.mount):
            return min(limits, default=None)
        folder = os.path.dirname(folder)


def _read(path: str) -> str | None:
    try:
        file = os.open(path, os.O_RDONLY)  # a third of the time of `open`, and each application waits for it
    except OSError:  # no such group any more, or no access
        return None
    try:
        return os.fsdecode(os.read(file, _MOST))
    except OSError:
        return None
    finally:
        os.close(file)
