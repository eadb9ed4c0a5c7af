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
    """An operating system, in one normalized spelling.

    Args:
        name: ``Linux``, ``macOS``, ``Windows`` or ``Posix``, or a common alias in any case; None for this system.

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
        """Return the normalized name."""
        return super().__new__(cls, cls.resolve_os_name(sys.platform if name is None else name))

    @staticmethod
    def resolve_os_name(name: str) -> str:
        """Return the normalized name of an operating system.

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
        """Return whether ``name``, or this system by default, is Linux."""
        return OSName(name) == OSName.LINUX

    @staticmethod
    def is_macos(name: str | None = None) -> bool:
        """Return whether ``name``, or this system by default, is macOS."""
        return OSName(name) == OSName.MACOS

    @staticmethod
    def is_windows(name: str | None = None) -> bool:
        """Return whether ``name``, or this system by default, is Windows."""
        return OSName(name) == OSName.WINDOWS

    @staticmethod
    def is_posix(name: str | None = None) -> bool:
        """Return whether ``name``, or this system by default, is a POSIX system."""
        return OSName(name) != OSName.WINDOWS
