"""Files that only their user may use, and that others can replace and remove while they are open.

The C runtime opens files so that nobody can: a reader would keep a writer from its work.
"""

from __future__ import annotations

import contextlib
import ctypes
import msvcrt
import os
import stat
import sys
import time
from functools import partial

assert sys.platform == "win32"

from ctypes import wintypes  # noqa: E402  a type checker for another platform stops above

from .._access_windows import deny_strangers, private_attributes, strangers  # noqa: E402

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Callable

_READ, _WRITE, _APPEND = 0x8000_0000, 0x4000_0000, 0x0000_0004
_READ_CONTROL, _WRITE_ACCESS_LIST = 0x0002_0000, 0x0004_0000
_SHARE_ALL = 0x7
_CREATE_NEW, _OPEN_EXISTING, _OPEN_ALWAYS = 1, 3, 4
_OPEN_LINK, _BACKUP = 0x0020_0000, 0x0200_0000
_EXTENDED, _LONG = "\\\\?\\", 240
"""Before a path that may be longer than ``MAX_PATH`` (260), also with what a function of the system appends to it."""

_INVALID = ctypes.c_void_p(-1).value
_PATIENCE_SECONDS = 5.0
_REMOVAL_SECONDS = 2.0
"""How long a file is waited for that somebody reads: a program that scans files needs less."""

_LOOK_SECONDS = 0.02  # the system has no event for the end of another program's look at a file

_SHARING_VIOLATION = 32
"""The error of a file that another program has open and shares with nobody, such as one that makes backups."""

_DELETE_PENDING = 0xC000_0056
"""The status of a file that was removed and is open somewhere: to a caller, that access to it is denied.

On Windows 10, a file of this machine loses its name at once.
"""

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_native = ctypes.WinDLL("ntdll")
_native.RtlGetLastNtStatus.restype = wintypes.ULONG
_kernel.CreateFileW.argtypes = (
    *(wintypes.LPCWSTR, wintypes.DWORD, wintypes.DWORD, ctypes.c_void_p),
    *(wintypes.DWORD, wintypes.DWORD, wintypes.HANDLE),
)
_kernel.CreateFileW.restype = wintypes.HANDLE


KEEPS_DIRECTORY = True
"""Whether a process keeps its working directory from being removed."""


class NotPrivateError(Exception):
    """The file cannot be trusted."""


class _PassingError(PermissionError):
    """The file cannot be opened, as long as another program has it open."""


def read_private(path: str, limit: int) -> bytes:
    """Return at most ``limit`` bytes of our private file at ``path``.

    Raises:
        NotPrivateError: It is a link, or other users own it or have access; the text says which.
        OSError: It cannot be read.
    """
    descriptor = _open(path, _READ | _READ_CONTROL, _OPEN_EXISTING, _OPEN_LINK, os.O_RDONLY)
    try:
        _check(descriptor)
        # The system looks at all of the memory that it is given, before it reads.
        return os.read(descriptor, min(limit, os.fstat(descriptor).st_size))
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def locked(path: str, limit: int) -> Iterator[bytes]:
    """Hold the lock of our private file at ``path`` and yield its content.

    The lock is a separate file next to it, because the file itself is replaced.

    Raises:
        NotPrivateError, OSError: See ``read_private``.
    """
    beside = f"{path}.lock"
    descriptor = _open_locked(beside)
    try:
        yield read_private(path, limit)
    finally:
        # Where a file has its name until it is closed everywhere, this fails: who has it open then will remove it.
        with contextlib.suppress(OSError):
            os.unlink(usable_path(beside))
        os.close(descriptor)


def _open_locked(path: str) -> int:
    """Open a file, lock it, and return the descriptor: of the file that is at ``path`` then.

    Windows 10 takes its name from a removed file at once. So who waits for its lock gets that of a file that nobody
    else finds.
    """
    while True:
        descriptor = _open(path, _READ | _WRITE, _OPEN_ALWAYS, 0, os.O_RDWR, private=True)
        try:
            _patiently(partial(msvcrt.locking, descriptor, msvcrt.LK_NBLCK, 1))
            if _is_at(path, descriptor):
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _is_at(path: str, descriptor: int) -> bool:
    try:
        return os.path.samestat(os.stat(usable_path(path)), os.fstat(descriptor))
    except OSError:
        return False


def create_private(path: str, *, append: bool = True) -> int:
    """Create a file and return the descriptor.

    Raises:
        FileExistsError: Something already exists at ``path``.
    """
    flags = os.O_RDWR | os.O_APPEND if append else os.O_RDWR
    return _open(path, _READ | _WRITE | _READ_CONTROL, _CREATE_NEW, 0, flags, private=True)


def create_alone(path: str) -> int:
    """Create a file that nobody can open while it is open here, and return the descriptor.

    Raises:
        OSError: Something already exists at ``path``, or it cannot be created.
    """
    return _open(path, _READ | _WRITE, _CREATE_NEW, 0, os.O_RDWR, private=True, share=0)


def append_to(path: str) -> int:
    """Open a file to append to, create it if it does not exist, and return the descriptor.

    Raises:
        OSError: It cannot be opened.
    """
    return _open(
        path,
        _APPEND | _READ_CONTROL | _WRITE_ACCESS_LIST,
        _OPEN_ALWAYS,
        _OPEN_LINK,
        os.O_WRONLY | os.O_APPEND,
        private=True,
    )


def make_private(descriptor: int) -> None:
    """Deny other users access to our open file. Anything but a regular file stays as it is.

    Raises:
        NotPrivateError: It is a link, or belongs to another user.
    """
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return
    _check_link(status)
    if _other_users(descriptor):
        deny_strangers(msvcrt.get_osfhandle(descriptor))


def close_folder(path: str) -> None:
    """Let only this user into a new folder: older releases of Python make it as open as the one above.

    A file system without access lists leaves it open.

    Raises:
        OSError: It does not exist.
    """
    descriptor = _open(path, _READ_CONTROL | _WRITE_ACCESS_LIST, _OPEN_EXISTING, _BACKUP, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            deny_strangers(msvcrt.get_osfhandle(descriptor), is_folder=True)
    finally:
        os.close(descriptor)


def protect_folder(path: str) -> None:
    """Check that a folder belongs to this user: who may look into it follows from the folder above.

    Raises:
        NotPrivateError: It belongs to another user.
    """
    descriptor = _open(path, _READ_CONTROL, _OPEN_EXISTING, _BACKUP, os.O_RDONLY)
    try:
        _other_users(descriptor)
    finally:
        os.close(descriptor)


def usable_path(path: str) -> str:
    r"""Return a path as the system accepts it at any length: with ``\\?\`` before a long one."""
    if len(path) < _LONG or path.startswith(_EXTENDED):
        return path
    path = os.path.abspath(path)
    return f"{_EXTENDED}UNC{path[1:]}" if path.startswith("\\\\") else _EXTENDED + path


def replace(source: str, target: str) -> None:
    """Move a file to the place of another one, also if somebody reads that one just now.

    Raises:
        OSError: It cannot be moved.
    """
    _patiently(lambda: os.replace(usable_path(source), usable_path(target)))


def remove_file(path: str) -> None:
    """Remove a file, also if another program reads it just now.

    Raises:
        OSError: It cannot be removed.
    """
    _patiently(lambda: os.unlink(usable_path(path)), _REMOVAL_SECONDS)


def replace_content(source: str, target: str) -> None:
    """Put a private file in the place of another one, or its text into that one if another program has it open.

    Then blanks may follow the text, and ``source`` remains.

    Raises:
        NotPrivateError: ``target`` is a link, or other users own it or have access.
        OSError: It cannot be done.
    """
    try:
        os.replace(usable_path(source), usable_path(target))
    except PermissionError:
        with open(usable_path(source), "rb") as file:
            text = file.read()
        try:
            _write_into(target, text)
        except OSError:  # the other program lets nobody write
            replace(source, target)


def _write_into(path: str, text: bytes) -> None:
    descriptor = _open(path, _READ | _WRITE | _READ_CONTROL, _OPEN_EXISTING, _OPEN_LINK, os.O_RDWR)
    try:
        _check(descriptor)
        os.write(descriptor, text.ljust(os.fstat(descriptor).st_size))  # at once: a reader sees either text
    finally:
        os.close(descriptor)


def remove_tree(path: str) -> None:
    """Remove a folder with its content, also if somebody looks at it just now; what cannot be removed stays."""
    with contextlib.suppress(OSError):
        _patiently(lambda: _remove(path))


def _remove(path: str) -> None:
    import shutil  # a task removes nothing

    shutil.rmtree(path, ignore_errors=True)
    if os.path.isdir(path):
        raise PermissionError(path)


def _check(descriptor: int) -> None:
    _check_link(os.fstat(descriptor))
    others = _other_users(descriptor)
    if others:
        raise NotPrivateError(f"it is open to other users ({', '.join(others)})")


def _other_users(descriptor: int) -> list[str]:
    """Return who else may use our file; refuse one that belongs to somebody else."""
    owner, others = strangers(msvcrt.get_osfhandle(descriptor))
    if owner:
        raise NotPrivateError(f"it belongs to another user ({owner})")
    return others


def _check_link(status: os.stat_result) -> None:
    if getattr(status, "st_file_attributes", 0) & stat.FILE_ATTRIBUTE_REPARSE_POINT:
        raise NotPrivateError("it is a symbolic link")


def _open(
    path: str, access: int, how: int, flags: int, mode: int, *, private: bool = False, share: int = _SHARE_ALL
) -> int:
    attributes = ctypes.byref(private_attributes()) if private else None

    def create() -> int:
        handle: int = _kernel.CreateFileW(usable_path(path), access, share, attributes, how, flags, None)
        if handle == _INVALID:
            is_leaving = _native.RtlGetLastNtStatus() == _DELETE_PENDING
            number = ctypes.get_last_error()
            is_passing = is_leaving or (share and number == _SHARING_VIOLATION)
            error = ctypes.WinError(number)
            raise (_PassingError if is_passing else OSError)(error.errno, error.strerror, path, number)
        return handle

    handle = _patiently(create, while_it_raises=_PassingError)
    return msvcrt.open_osfhandle(handle, mode | os.O_BINARY | os.O_NOINHERIT)


def _patiently(
    function: Callable[[], Any], seconds: float = _PATIENCE_SECONDS, *, while_it_raises: type[OSError] = OSError
) -> Any:
    """Return what a function returns; try again while another program keeps the system from it, for a limited time."""
    due = time.monotonic() + seconds
    while True:
        try:
            return function()
        except FileNotFoundError:
            raise
        except while_it_raises:
            if time.monotonic() >= due:
                raise
            time.sleep(_LOOK_SECONDS)
