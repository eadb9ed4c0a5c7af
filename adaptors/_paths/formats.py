r"""Split paths of each format into components, and join them again.

A rule can end at a component: a root, a drive, a name. ``..`` stays a separate component: whether it can be collapsed
depends on links on another machine.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Callable, NamedTuple

from .os_name import OSName

_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*://")
_EXTENDED, _EXTENDED_NETWORK = "\\\\?\\", "UNC\\"
r"""``\\?\C:\show`` and ``\\?\UNC\server\share`` are how Windows writes a path that is longer than 260 characters."""

_LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


class PathFormat(str, Enum):
    """The format of the paths of a rule's source."""

    POSIX = "POSIX"
    WINDOWS = "WINDOWS"
    URI = "URI"

    def __str__(self) -> str:
        """Return the name, as rules spell it."""
        return self.value

    @classmethod
    def parse(cls, text: str) -> PathFormat:
        """Return the format that ``text`` names, in any case; the name of an operating system also works.

        Raises:
            ValueError: The format is unknown.
        """
        known = _FORMATS.get(text.strip().upper())
        if known is not None:
            return known
        try:
            return cls.WINDOWS if OSName.is_windows(text) else cls.POSIX
        except ValueError:
            raise ValueError(f"{text!r} is not POSIX, WINDOWS, or URI") from None


_FORMATS = {one.value: one for one in PathFormat}


class Split(NamedTuple):
    """A split path.

    Attributes:
        keys: The components as they are compared.
        names: The components as they are written.
        closed: Whether a separator ends the path.
    """

    keys: list[str]
    names: list[str]
    closed: bool


def split_posix(path: str) -> Split:
    """Split a POSIX path. Repeated separators and ``.`` are ignored, except two separators at the beginning."""
    names = path.split("/")
    if path[:1] == "/" and "//" not in path and "/." not in path and names[-1]:
        names[0] = "/"  # nearly every path
        return Split(names, names, closed=False)
    closed = names[-1] in ("", ".")
    names = [name for name in names if name not in ("", ".")]
    if path[:1] == "/":
        # POSIX leaves the meaning of exactly two to the system (4.13 Pathname Resolution), so they are another root.
        names.insert(0, "//" if path[:2] == "//" and path[:3] != "///" else "/")
    return Split(names, names, closed)


def split_windows(path: str) -> Split:
    """Split a Windows path. Both separators work, and case is ignored.

    The root of a network path is a separate component, so that a rule can end at a server or a share. The mark of an
    extended path is left out.
    """
    path = path.replace("/", "\\")
    if path[:4] == _EXTENDED:
        path = "\\\\" + path[8:] if path[4:8].upper() == _EXTENDED_NETWORK else path[4:]
    if path[1:3] == ":\\" and "\\\\" not in path and "\\." not in path and path[-1] != "\\":
        names, keys = path.split("\\"), path.lower().split("\\")  # nearly every path
        names.insert(1, "\\")
        keys.insert(1, "\\")
        return Split(keys, names, closed=False)
    drive, rest = (path[:2], path[2:]) if path[1:2] == ":" else ("", path)
    names = rest.split("\\")
    closed = names[-1] in ("", ".") and bool(rest)
    names = [name for name in names if name not in ("", ".")]
    if rest[:1] == "\\":
        names.insert(0, "\\\\" if rest[:2] == "\\\\" and not drive else "\\")
    if drive:
        names.insert(0, drive)
    return Split([*map(str.lower, names)], names, closed)


def split_uri(path: str) -> Split | None:
    """Split a URI; return None if it is not a URI.

    RFC 0006 of OpenJD: scheme and authority are one opaque root, and the rest is split at each ``/`` and kept as it is,
    empty components too. RFC 3986, 3.1 and 3.2.2: the case of scheme and authority means nothing.
    """
    match = _URI.match(path)
    if match is None:
        return None
    root_end = path.find("/", match.end())
    if root_end < 0:
        return Split([path.translate(_LOWER)], [path], closed=False)
    names = [path[:root_end], *path[root_end + 1 :].split("/")]
    return Split([names[0].translate(_LOWER), *names[1:]], names, closed=False)


SPLIT: dict[str, Callable[[str], Split | None]] = {
    PathFormat.POSIX: split_posix,
    PathFormat.WINDOWS: split_windows,
    PathFormat.URI: split_uri,
}


class DestinationDirectory(NamedTuple):
    """A directory to which paths are mapped.

    Attributes:
        path: The directory itself.
        stem: What the names below it are appended to.
        separator: The separator between names.
    """

    path: str
    stem: str
    separator: str

    @classmethod
    def parse(cls, path: str, *, windows: bool) -> DestinationDirectory:
        """Return the destination that ``path`` names on a system; a URI is one on every system.

        Args:
            path: The directory.
            windows: Whether the system is Windows.
        """
        match = _URI.match(path) if "://" in path else None
        if match is not None and match.end() > len("c://"):
            root = path.rstrip("/")
            whole = root if len(root) >= match.end() else path
            return cls(whole, whole if whole.endswith("/") else whole + "/", "/")
        if windows:
            return cls._windows(path)
        if path[:1] == "/" and "//" not in path and "/." not in path and path[-1] != "/":
            return cls(path, path + "/", "/")  # nearly every path
        names = split_posix(path).names
        root = names.pop(0) if names and names[0] in ("/", "//") else ""
        whole = root + "/".join(names)
        return cls(whole or ".", whole + "/" if names else root, "/")

    @classmethod
    def _windows(cls, path: str) -> DestinationDirectory:
        names = split_windows(path).names
        root = ""
        if names and names[0][1:2] == ":":
            root = names.pop(0)
            if not names:
                root += "\\"  # a bare drive means the drive, not its current directory
        if names and names[0] in ("\\", "\\\\"):
            root += names.pop(0)
        if path.replace("/", "\\")[:4] == _EXTENDED:
            root = _EXTENDED + (_EXTENDED_NETWORK if root == "\\\\" else root)
        whole = root + "\\".join(names)
        return cls(whole or ".", whole + "\\" if names else root, "\\")

    def join(self, names: list[str], *, closed: bool) -> str:
        """Return the path of what is at ``names`` below the directory.

        Args:
            names: The components.
            closed: Whether a separator is to end the path.
        """
        path = self.stem + self.separator.join(names) if names else self.path
        return path + self.separator if closed and not path.endswith(self.separator) else path
