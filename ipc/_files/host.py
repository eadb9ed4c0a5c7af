"""Where a process id is valid: one boot of one machine, and one PID namespace on it."""

from __future__ import annotations

import os

from adaptor_runtime_client._named_tuple import NamedTuple

_BOOT_ID = "/proc/sys/kernel/random/boot_id"
_NAMESPACE = "/proc/self/ns/pid"


class Host(NamedTuple):
    """The ``name`` of the machine; ``boot`` and ``namespace`` are empty if the system does not provide them."""

    name: str
    boot: str
    namespace: str


def this_host() -> Host:
    """Return where this process runs."""
    return Host(_name(), _content(_BOOT_ID), _link(_NAMESPACE))


def system() -> str:
    """Return the operating system, its release, and the kind of the machine, on one line."""
    if hasattr(os, "uname"):
        found = os.uname()
        return f"{found.sysname} {found.release} {found.machine}"
    return f"{os.environ.get('OS', '')} {os.environ.get('PROCESSOR_ARCHITECTURE', '')}".strip()


def _name() -> str:
    if hasattr(os, "uname"):
        name: str = os.uname().nodename
        return name
    return os.environ.get("COMPUTERNAME", "")


def _content(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except (OSError, ValueError):
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except (OSError, AttributeError):
        return ""
