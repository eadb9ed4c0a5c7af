"""Job objects of Windows: all processes that descend from one, which the system ends with the job.

A process belongs to the job of its parent from its first instruction on, whatever it does, and a job may be in another
one. The system closes the handles of a process when it ends, however it ends; and a job that is made here ends its
processes when its last handle is closed. So a job is tree, guardian and kill in one.

https://learn.microsoft.com/windows/win32/procthread/job-objects
"""

from __future__ import annotations

import ctypes
import sys

assert sys.platform == "win32"

from ctypes import wintypes  # noqa: E402  a type checker for another platform stops above

_BASIC_ACCOUNTING_INFORMATION, _BASIC_PROCESS_ID_LIST, _EXTENDED_LIMIT_INFORMATION = 1, 3, 9
_TICKS_PER_SECOND = 10_000_000
_KILL_ON_JOB_CLOSE, _BREAKAWAY_OK = 0x2000, 0x0800
_ERROR_MORE_DATA = 234
_EXIT_CODE = 1
"""The exit code of a process that is ended with its job, as of one that ``TerminateProcess`` ends."""


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("per_process_user_time", ctypes.c_int64),
        ("per_job_user_time", ctypes.c_int64),
        ("flags", wintypes.DWORD),
        ("minimum_working_set", ctypes.c_size_t),
        ("maximum_working_set", ctypes.c_size_t),
        ("active_processes", wintypes.DWORD),
        ("affinity", ctypes.c_size_t),
        ("priority_class", wintypes.DWORD),
        ("scheduling_class", wintypes.DWORD),
    )


class _BasicAccounting(ctypes.Structure):
    _fields_ = (
        ("user_time", ctypes.c_int64),
        ("kernel_time", ctypes.c_int64),
        ("period_user_time", ctypes.c_int64),
        ("period_kernel_time", ctypes.c_int64),
        ("page_faults", wintypes.DWORD),
        ("processes", wintypes.DWORD),
        ("active_processes", wintypes.DWORD),
        ("terminated_processes", wintypes.DWORD),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("basic", _BasicLimits),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_native = ctypes.WinDLL("ntdll")
_kernel.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
_kernel.CreateJobObjectW.restype = wintypes.HANDLE
_kernel.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
_kernel.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
_kernel.QueryInformationJobObject.argtypes = (
    *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD),
    ctypes.c_void_p,
)
_kernel.TerminateJobObject.argtypes = (wintypes.HANDLE, wintypes.UINT)
_kernel.GetCurrentProcess.restype = wintypes.HANDLE
_kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
_native.NtResumeProcess.argtypes = (wintypes.HANDLE,)


class Job:
    """A new job, which ends its processes when it is closed, or when this process ends.

    Args:
        breakaway: Whether a process may leave it by ``CREATE_BREAKAWAY_FROM_JOB``.

    Raises:
        OSError: The system has refused it.
    """

    def __init__(self, *, breakaway: bool = False) -> None:
        self._handle: int | None = _checked(_kernel.CreateJobObjectW(None, None))
        self._breakaway = _BREAKAWAY_OK if breakaway else 0
        self._limit(_KILL_ON_JOB_CLOSE)

    def add(self, process: int) -> None:
        """Add a process, with what it starts from then on.

        Args:
            process: Its handle.

        Raises:
            OSError: It has ended, or is in a job that has no room for another one.
        """
        _checked(_kernel.AssignProcessToJobObject(self._handle, process))

    def add_self(self) -> None:
        """Add this process, which cannot leave it again.

        Raises:
            OSError: As for ``add``.
        """
        self.add(_kernel.GetCurrentProcess())

    def let_live(self) -> None:
        """From now on, the processes live on when the job is closed."""
        if self._handle is not None:
            self._limit(0)

    def pids(self) -> list[int]:
        """List the living processes."""
        room = 64
        while self._handle is not None:
            length = 2 * ctypes.sizeof(wintypes.DWORD) + room * ctypes.sizeof(ctypes.c_size_t)
            buffer = ctypes.create_string_buffer(length)
            found = _kernel.QueryInformationJobObject(self._handle, _BASIC_PROCESS_ID_LIST, buffer, length, None)
            assigned, listed = (wintypes.DWORD * 2).from_buffer(buffer)
            if not found and ctypes.get_last_error() != _ERROR_MORE_DATA:
                return []
            if found and assigned <= listed:
                offset = 2 * ctypes.sizeof(wintypes.DWORD)
                return list((ctypes.c_size_t * listed).from_buffer(buffer, offset))
            room = max(2 * room, assigned)
        return []

    def cpu_seconds(self) -> float:
        """Return the processor time of all its processes, also of those that have ended; 0 if unknown."""
        used = _BasicAccounting()
        size = ctypes.sizeof(used)
        _kernel.QueryInformationJobObject(self._handle, _BASIC_ACCOUNTING_INFORMATION, ctypes.byref(used), size, None)
        return float(used.user_time + used.kernel_time) / _TICKS_PER_SECOND

    def peak_memory(self) -> int | None:
        """Return the peak memory of one of its processes, in bytes; None if unknown."""
        limits = _ExtendedLimits()
        size = ctypes.sizeof(limits)
        _kernel.QueryInformationJobObject(self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size, None)
        return int(limits.peak_process_memory) or None

    def kill(self) -> None:
        """End all its processes."""
        if self._handle is not None:
            _kernel.TerminateJobObject(self._handle, _EXIT_CODE)

    def close(self) -> None:
        """Close it, which ends all its processes unless they were let live."""
        handle, self._handle = self._handle, None
        if handle is not None:
            _kernel.CloseHandle(handle)

    def _limit(self, flags: int) -> None:
        limits = _ExtendedLimits()
        limits.basic.flags = flags | self._breakaway
        size = ctypes.sizeof(limits)
        _checked(_kernel.SetInformationJobObject(self._handle, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size))


def resume(process: int) -> None:
    """Let a process run that was started suspended.

    Args:
        process: Its handle.
    """
    _native.NtResumeProcess(process)


def _checked(result: int | None) -> int:
    if not result:
        raise ctypes.WinError(ctypes.get_last_error())
    return result
