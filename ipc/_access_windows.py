"""Who may use a file or another object of Windows: its owner, and its access list.

The account of the system and the group of administrators may use everything anyway, like root.
"""

from __future__ import annotations

import ctypes
import sys
from functools import lru_cache

assert sys.platform == "win32"

from ctypes import wintypes  # noqa: E402  a type checker for another platform stops above

_FILE_OBJECT, _KERNEL_OBJECT = 1, 6
_OWNER, _ACCESS_LIST, _PROTECTED = 0x1, 0x4, 0x8000_0000
_TOKEN_QUERY, _TOKEN_USER = 0x0008, 1
_ALLOWED = (0, 9)  # the latter under a condition
_LARGEST_TOKEN = 256
_SYSTEM, _ADMINISTRATORS = "S-1-5-18", "S-1-5-32-544"
_OWNER_ITSELF = ("S-1-3-0", "S-1-3-4")
"""Creator Owner, which is only for what a folder hands down, and Owner Rights."""

_kernel = ctypes.WinDLL("kernel32", use_last_error=True)
_access = ctypes.WinDLL("advapi32", use_last_error=True)
_kernel.GetCurrentProcess.restype = wintypes.HANDLE
_kernel.CloseHandle.argtypes = (wintypes.HANDLE,)
_kernel.LocalFree.argtypes = (ctypes.c_void_p,)
_access.OpenProcessToken.argtypes = (wintypes.HANDLE, wintypes.DWORD, ctypes.POINTER(wintypes.HANDLE))
_access.GetTokenInformation.argtypes = (
    *(wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD),
    ctypes.POINTER(wintypes.DWORD),
)
_access.ConvertSidToStringSidW.argtypes = (ctypes.c_void_p, ctypes.POINTER(wintypes.LPWSTR))
_access.ConvertStringSecurityDescriptorToSecurityDescriptorW.argtypes = (
    *(wintypes.LPCWSTR, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p)),
    ctypes.c_void_p,
)
_access.GetSecurityInfo.argtypes = (
    *(wintypes.HANDLE, ctypes.c_int, wintypes.DWORD),
    *(ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)),
)
_access.GetSecurityDescriptorOwner.argtypes = (
    *(ctypes.c_void_p, ctypes.POINTER(ctypes.c_void_p)),
    ctypes.POINTER(wintypes.BOOL),
)
_access.GetSecurityDescriptorDacl.argtypes = (
    *(ctypes.c_void_p, ctypes.POINTER(wintypes.BOOL), ctypes.POINTER(ctypes.c_void_p)),
    ctypes.POINTER(wintypes.BOOL),
)
_access.SetKernelObjectSecurity.argtypes = (wintypes.HANDLE, wintypes.DWORD, ctypes.c_void_p)
_access.GetAce.argtypes = (ctypes.c_void_p, wintypes.DWORD, ctypes.POINTER(ctypes.c_void_p))


class SecurityAttributes(ctypes.Structure):
    """``SECURITY_ATTRIBUTES``: what a new file gets."""

    _fields_ = (
        ("length", wintypes.DWORD),
        ("descriptor", ctypes.c_void_p),
        ("inherit", wintypes.BOOL),
    )


class _Entry(ctypes.Structure):
    """The beginning of an entry of an access list; the account follows."""

    _fields_ = (
        ("type", ctypes.c_ubyte),
        ("flags", ctypes.c_ubyte),
        ("size", wintypes.WORD),
        ("mask", wintypes.DWORD),
    )


@lru_cache(maxsize=2)
def private_attributes(*, is_folder: bool = False) -> SecurityAttributes:
    """Return the attributes of a file that only this user may use; they inherit nothing from the folder.

    Args:
        is_folder: Those of a folder, which hands them down to what is made in it.

    Raises:
        OSError: The system has refused it.
    """
    flags = "OICI" if is_folder else ""
    text = f"O:{own_account()}D:P" + "".join(f"(A;{flags};FA;;;{account})" for account in (own_account(), "SY", "BA"))
    descriptor = ctypes.c_void_p()
    if not _access.ConvertStringSecurityDescriptorToSecurityDescriptorW(text, 1, ctypes.byref(descriptor), None):
        raise ctypes.WinError(ctypes.get_last_error())
    return SecurityAttributes(ctypes.sizeof(SecurityAttributes), descriptor, False)  # never freed: there are two


@lru_cache(maxsize=1)
def own_account() -> str:
    """Return the identifier of this user.

    Raises:
        OSError: The system has refused it.
    """
    token = wintypes.HANDLE()
    if not _access.OpenProcessToken(_kernel.GetCurrentProcess(), _TOKEN_QUERY, ctypes.byref(token)):
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        buffer = ctypes.create_string_buffer(_LARGEST_TOKEN)
        size = wintypes.DWORD()
        if not _access.GetTokenInformation(token, _TOKEN_USER, buffer, _LARGEST_TOKEN, ctypes.byref(size)):
            raise ctypes.WinError(ctypes.get_last_error())
        return _text(ctypes.c_void_p.from_buffer(buffer).value)
    finally:
        _kernel.CloseHandle(token)


def strangers(handle: int, *, is_file: bool = True) -> tuple[str, list[str]]:
    """Return the owner of a file if that is somebody else, and the other accounts that may use the file.

    Args:
        handle: Of the file, or of an object such as an event.
        is_file: Whether it is a file.

    Raises:
        OSError: The system does not tell.
    """
    descriptor = ctypes.c_void_p()
    error = _access.GetSecurityInfo(
        *(handle, _FILE_OBJECT if is_file else _KERNEL_OBJECT, _OWNER | _ACCESS_LIST, None, None, None, None),
        ctypes.byref(descriptor),
    )
    if error:
        raise ctypes.WinError(error)
    try:
        return judge(own_account(), *accounts(descriptor))
    finally:
        _kernel.LocalFree(descriptor)


def accounts(descriptor: ctypes.c_void_p) -> tuple[str, list[str] | None]:
    """Return the owner that a security descriptor names, and the accounts that it allows something; None for everybody.

    Raises:
        OSError: It has no owner, or cannot be read.
    """
    owner, entries, flag, is_given = ctypes.c_void_p(), ctypes.c_void_p(), wintypes.BOOL(), wintypes.BOOL()
    if not _access.GetSecurityDescriptorOwner(descriptor, ctypes.byref(owner), ctypes.byref(flag)):
        raise ctypes.WinError(ctypes.get_last_error())
    if not _access.GetSecurityDescriptorDacl(
        descriptor, ctypes.byref(is_given), ctypes.byref(entries), ctypes.byref(flag)
    ):
        raise ctypes.WinError(ctypes.get_last_error())
    return _text(owner.value), _allowed(entries) if is_given else None


def deny_strangers(handle: int, *, is_folder: bool = False) -> None:
    """Let only this user use a file, or a folder and what is made in it from then on.

    Args:
        handle: Of the file, opened to write its access list.
        is_folder: Whether it is a folder.

    Raises:
        OSError: The system has refused it.
    """
    descriptor = private_attributes(is_folder=is_folder).descriptor
    if not _access.SetKernelObjectSecurity(handle, _ACCESS_LIST | _PROTECTED, descriptor):
        raise ctypes.WinError(ctypes.get_last_error())


def judge(own: str, owner: str, allowed: list[str] | None) -> tuple[str, list[str]]:
    """Return what ``strangers`` returns.

    Args:
        own: The identifier of this user.
        owner: That of the owner.
        allowed: Those of the accounts that may use the file; None for everybody.
    """
    known = {own, _SYSTEM, _ADMINISTRATORS}
    others = ["everybody"] if allowed is None else [one for one in allowed if one not in {*known, *_OWNER_ITSELF}]
    return ("" if owner in known else owner), others


def _allowed(entries: ctypes.c_void_p) -> list[str] | None:
    if not entries:
        return None
    found = []
    count = ctypes.c_uint16.from_address((entries.value or 0) + 4).value  # ACL: two bytes, the size, then the count
    for index in range(count):
        place = ctypes.c_void_p()
        if not _access.GetAce(entries, index, ctypes.byref(place)) or place.value is None:
            continue
        entry = _Entry.from_address(place.value)
        if entry.type in _ALLOWED and entry.mask:
            found.append(_text(place.value + ctypes.sizeof(_Entry)))
    return found


def _text(account: int | None) -> str:
    text = wintypes.LPWSTR()
    if not _access.ConvertSidToStringSidW(account, ctypes.byref(text)):
        raise ctypes.WinError(ctypes.get_last_error())
    try:
        return text.value or ""
    finally:
        _kernel.LocalFree(text)
