"""A request to a process of ours to end: on Windows an event with its number in the name, since there are no signals.

A console event would reach only a process with the same console, and a daemon has its own. The system removes an event
with its last handle, so the event of a process does not outlive it.
"""

from __future__ import annotations

import ctypes
import sys
import threading

assert sys.platform == "win32"

from ctypes import wintypes  # noqa: E402  a type checker for another platform stops above

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Callable

_MODIFY_STATE, _SYNCHRONIZE = 0x0002, 0x0010_0000
_FOREVER = 0xFFFF_FFFF

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_kernel.CreateEventW.argtypes = (ctypes.c_void_p, wintypes.BOOL, wintypes.BOOL, wintypes.LPCWSTR)
_kernel.CreateEventW.restype = wintypes.HANDLE
_kernel.OpenEventW.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR)
_kernel.OpenEventW.restype = wintypes.HANDLE
_kernel.SetEvent.argtypes = (wintypes.HANDLE,)
_kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
_kernel.WaitForMultipleObjects.argtypes = (
    *(wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE), wintypes.BOOL),
    wintypes.DWORD,
)

_waiting: list[int] = []
"""Events with a request that a child of ours has not taken yet: they exist as long as this process."""

_heeding: list[Callable[[], object]] = []
"""What is called for a request to this process: only the last one, as only the last handler of a signal is."""

_turn = threading.Lock()
"""Held while ``_heeding`` is changed, and during a call."""


def request_end(pid: int, *, is_patient: bool = False) -> bool:
    """Request the end of a process; return False if it does not listen.

    Args:
        pid: The process.
        is_patient: Whether the request waits until the process listens.
    """
    handle = _kernel.OpenEventW(_MODIFY_STATE, False, _name(pid))
    if not handle and is_patient:
        handle = _kernel.CreateEventW(None, False, False, _name(pid))
        _waiting.append(handle)
    if not handle:
        return False
    _kernel.SetEvent(handle)
    if handle not in _waiting:
        _kernel.CloseHandle(handle)
    return True


class EndRequests:
    """Listen for requests that this process ends, in the place of an object that has listened until now.

    Args:
        requested: Called for each request, on a thread of one of these objects. It must not wait.
    """

    def __init__(self, requested: Callable[[], object]) -> None:
        self._requested = requested
        self._events: list[int] = []
        self._thread: threading.Thread | None = None

    def start(self, own_pid: int) -> None:
        """Start to listen, also for a request that already waits."""
        self._events = [_kernel.CreateEventW(None, False, False, name) for name in (_name(own_pid), None)]
        with _turn:
            _heeding.append(self._requested)
        self._thread = threading.Thread(target=self._wait, name="end requests", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening; the one before listens again."""
        if self._thread is None:
            return
        with _turn:
            _heeding.remove(self._requested)
        _kernel.SetEvent(self._events[1])
        self._thread.join()
        for event in self._events:
            _kernel.CloseHandle(event)

    def _wait(self) -> None:
        handles = (wintypes.HANDLE * 2)(*self._events)
        while _kernel.WaitForMultipleObjects(2, handles, False, _FOREVER) == 0:
            with _turn:
                for requested in _heeding[-1:]:  # whichever thread the system has given the event to
                    requested()


def _name(pid: int) -> str:
    return rf"Global\adaptor-runtime-end-{pid}"
