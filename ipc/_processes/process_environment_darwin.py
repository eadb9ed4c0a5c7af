"""The environment that a process was started with, from the kernel of macOS.

It shows that of the processes of this user, but not of programs that belong to the system, such as /bin/sh.
"""

from __future__ import annotations

import struct

from .kernel_table_darwin import read_kernel

# From <sys/sysctl.h>. The arguments: how many, the path of the program, zero bytes up to the first word, the words, and
# the environment up to an empty entry. With less room than ARGMAX, the kernel tells the end of it instead of the start.
_CTL_KERN, _KERN_ARGMAX, _KERN_PROCARGS2 = 1, 8, 49
_COUNT = struct.Struct("=i")


def initial_environment(pid: int) -> bytes:
    """Return entries ``NAME=value``, each ended by a zero byte; none if this user may not see them."""
    most = read_kernel(_CTL_KERN, _KERN_ARGMAX, size=_COUNT.size)
    if len(most) < _COUNT.size:
        return b""
    arguments = read_kernel(_CTL_KERN, _KERN_PROCARGS2, pid, size=_COUNT.unpack(most)[0])
    if len(arguments) < _COUNT.size:  # ended meanwhile, or of another user
        return b""
    (count,) = _COUNT.unpack_from(arguments)
    _, _, words = arguments[_COUNT.size :].partition(b"\0")
    left = words.lstrip(b"\0").split(b"\0", count)[count:]
    return (b"".join(left) + b"\0").partition(b"\0\0")[0] + b"\0"
