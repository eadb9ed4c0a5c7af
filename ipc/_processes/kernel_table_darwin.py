"""The tables of the kernel of macOS, by ``sysctl``. Standard library only: the guardian loads this file too."""

from __future__ import annotations

import ctypes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_library: Any = None


def read_kernel(*name: int, size: int) -> bytes:
    """Return what the kernel tells under a name of ``sysctl``, at most ``size`` bytes; empty if it tells nothing."""
    global _library
    if _library is None:
        _library = ctypes.CDLL(None, use_errno=True)
    names = (ctypes.c_int * len(name))(*name)
    buffer = ctypes.create_string_buffer(size)
    length = ctypes.c_size_t(size)
    refused = _library.sysctl(names, len(name), buffer, ctypes.byref(length), None, ctypes.c_size_t(0))
    return b"" if refused else ctypes.string_at(buffer, length.value)
