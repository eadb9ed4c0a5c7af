"""A request to a process of ours to end: on Windows an event with its number in the name, since there are no signals.

A console event would reach only a process with the same console, and a daemon has its own. The system removes an event
with its last handle, so the event of a process does not outlive it.

What was started may be a launcher, which has the program as its child: ``python.exe`` of a virtual environment, and
each program that pip makes. So a child is told another name for its event, in its environment.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from contextlib import suppress

assert sys.platform == "win32"

from ctypes import wintypes  # noqa: E402  a type checker for another platform stops above

from .._access_windows import private_attributes, strangers  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Callable

_MODIFY_STATE, _SYNCHRONIZE = 0x0002, 0x0010_0000
_FOREVER = 0xFFFF_FFFF
_ALREADY_EXISTS = 183

_VARIABLE = "ADAPTOR_RUNTIME_END_REQUEST"
_told = os.environ.pop(_VARIABLE, None)
"""What our starter calls this process, if it is one of ours; the children of this process are others."""

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


def askable(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment variables for one child that may be asked to end."""
    return {**environment, _VARIABLE: os.urandom(16).hex()}


def request_end_of_child(environment: Mapping[str, str], *, is_patient: bool = False) -> bool:
    """Request the end of a child; return False if it does not listen.

    Args:
        environment: Its variables, as ``askable`` has returned them.
        is_patient: Whether the request waits until the child listens.
    """
    return _request(_name(environment[_VARIABLE]), is_patient=is_patient)


def request_end(pid: int, *, is_patient: bool = False) -> bool:
    """Request the end of a process; return False if it does not listen.

    Args:
        pid: The process, which has told its number itself.
        is_patient: Whether the request waits until the process listens.
    """
    return _request(_name(pid), is_patient=is_patient)


def _request(name: str, *, is_patient: bool) -> bool:
    handle = _kernel.OpenEventW(_MODIFY_STATE, False, name)
    if not handle and is_patient:
        handle = _created(name)
        if handle:
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
        names = [_name(own_pid), *([] if _told is None else [_name(_told)])]
        events = [_created(None), *map(_own_event, names)]
        self._events = [event for event in events if event]
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
        _kernel.SetEvent(self._events[0])
        self._thread.join()
        for event in self._events:
            _kernel.CloseHandle(event)

    def _wait(self) -> None:
        handles = (wintypes.HANDLE * len(self._events))(*self._events)
        while _kernel.WaitForMultipleObjects(len(handles), handles, False, _FOREVER) in range(1, len(handles)):
            with _turn:
                for requested in _heeding[-1:]:  # whichever thread the system has given the event to
                    requested()


def _created(name: str | None) -> int | None:
    """Return a new event, or the one of that name; None if this user may not use it."""
    event: int | None = _kernel.CreateEventW(ctypes.byref(private_attributes()), False, False, name)
    return event


def _own_event(name: str) -> int | None:
    """Return the event of that name; None if another user has made it, who could request the end of this process."""
    event = _created(name)
    if event and ctypes.get_last_error() == _ALREADY_EXISTS:
        with suppress(OSError):
            if not strangers(event, is_file=False)[0]:
                return event
        _kernel.CloseHandle(event)
        return None
    return event


def _name(whose: int | str) -> str:
    return rf"Global\adaptor-runtime-end-{whose}"
