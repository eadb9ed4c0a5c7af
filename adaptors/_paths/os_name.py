"""The operating systems that a path mapping rule names."""

from __future__ import annotations

import sys

_ALIASES = {
    "darwin": "macOS",
    "mac": "macOS",
    "mac os": "macOS",
    "macos": "macOS",
    "nt": "Windows",
    "os x": "macOS",
    "posix": "Posix",
}


class OSName(str):
    """An operating system, under one spelling whatever it was called.

    Args:
        name: ``Linux``, ``macOS``, ``Windows`` or ``Posix``, or one of their usual other names in any case; None for
            the one this runs on.

    Raises:
        ValueError: The name is unknown.

    >>> OSName("nt"), OSName("darwin"), OSName("linux2")
    ('Windows', 'macOS', 'Linux')
    """

    __slots__ = ()
    LINUX = "Linux"
    MACOS = "macOS"
    POSIX = "Posix"
    WINDOWS = "Windows"

    def __new__(cls, name: str | None = None) -> OSName:
        """Return the name in its one spelling."""
        return super().__new__(cls, cls.resolve_os_name(sys.platform if name is None else name))

    @staticmethod
    def resolve_os_name(name: str) -> str:
        """Return the one spelling of an operating system's name.

        Args:
            name: Any of its names.

        Raises:
            ValueError: The name is unknown.
        """
        lower = name.strip().lower()
        if lower in _ALIASES:
            return _ALIASES[lower]
        if lower.startswith("linux"):
            return OSName.LINUX
        if lower.startswith("win"):
            return OSName.WINDOWS
        raise ValueError(f"unknown operating system {name!r}; use Linux, macOS, Windows, or Posix")

    @staticmethod
    def is_linux(name: str | None = None) -> bool:
        """Tell whether ``name``, or the system this runs on, is Linux."""
        return OSName(name) == OSName.LINUX

    @staticmethod
    def is_macos(name: str | None = None) -> bool:
        """Tell whether ``name``, or the system this runs on, is macOS."""
        return OSName(name) == OSName.MACOS

    @staticmethod
    def is_windows(name: str | None = None) -> bool:
        """Tell whether ``name``, or the system this runs on, is Windows."""
        return OSName(name) == OSName.WINDOWS

    @staticmethod
    def is_posix(name: str | None = None) -> bool:
        """Tell whether ``name``, or the system this runs on, is a POSIX system."""
        return OSName(name) != OSName.WINDOWS
