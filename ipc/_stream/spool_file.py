"""A byte sequence in a file: append at the end; bytes that were read are released from the disk."""

from __future__ import annotations

import os

from .._files.private_file import create_private
from .._own_descriptor import OwnDescriptor

_WORTH_IT = 8 * 1024 * 1024
"""The size of the file from which read bytes are released."""
_KEPT = 2 * 1024 * 1024
"""How much may be unread then: it moves to memory."""

_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)


class SpoolFile:
    """Keep bytes by their offset in the file at ``path``; bytes that the disk rejects stay in memory, in order.

    It has no lock: the caller has one. The file starts over when nearly all of it has been read, which works on every
    file system: the unread rest moves to memory, and ``base`` is the offset of the first byte in the file.

    Args:
        path: A file that does not exist yet.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.end = 0
        self._base = 0
        self._on_disk_end = 0
        self._kept: list[tuple[int, bytes]] = []
        self._memory = bytearray()
        self._own: OwnDescriptor | None = None
        try:
            self._own = OwnDescriptor(create_private(path, append=False))
        except OSError:
            pass  # all of it stays in memory

    def __repr__(self) -> str:
        return f"<SpoolFile {self.end} bytes, {len(self._memory)} of them in memory>"

    @property
    def in_memory(self) -> int:
        """The number of bytes waiting for disk space."""
        return len(self._memory)

    def append(self, data: bytes) -> None:
        """Add ``data``; if the disk rejects it, it stays in memory until the disk accepts it."""
        self.end += len(data)
        if self._memory:
            self._memory += data
            self.settle()
            return
        written = self._write(data, self.end - len(data))
        if written < len(data):
            self._memory += memoryview(data)[written:]

    def available(self, begin: int, end: int) -> list[tuple[int, int]]:
        """Return the parts between two offsets that were not released."""
        kept = [(offset, offset + len(data)) for offset, data in self._kept]
        parts = [*kept, (self._base, self.end)]
        found = [(max(begin, first), min(end, last)) for first, last in parts]
        return [(first, last) for first, last in found if first < last]

    def settle(self) -> None:
        """Try again to write to the disk what is in memory."""
        if self._memory:
            written = self._write(bytes(self._memory), self._memory_begin)
            del self._memory[:written]

    def read(self, offset: int, maximum: int) -> bytes:
        """Return the bytes at ``offset``: at most ``maximum``, and at least one unless it is the end.

        Raises:
            OSError: The file cannot be read.
        """
        if offset < self._base:
            return self._read_kept(offset, maximum)
        if offset >= self._on_disk_end:
            at = offset - self._memory_begin
            return bytes(self._memory[at : at + maximum])
        descriptor = self._descriptor
        if descriptor is None:
            raise OSError("the spool is closed")
        data = _read_at(descriptor, min(maximum, self._on_disk_end - offset), offset - self._base)
        if not data:
            raise OSError("the spool is cut off")
        return data

    def release(self, unread: list[tuple[int, int]]) -> None:
        """Release everything from the disk but the ``unread`` parts, given in order, if it is worth it."""
        if self._kept:
            self._kept = [part for part in self._kept if any(_overlap(part, interval) for interval in unread)]
        size = self._on_disk_end - self._base
        descriptor = self._descriptor
        if descriptor is None or size < (1 if self._memory else _WORTH_IT):
            return
        unread = [(begin, min(end, self._on_disk_end)) for begin, end in unread if begin < self._on_disk_end]
        left = sum(end - begin for begin, end in unread)
        if left > _KEPT or left >= size:
            return
        try:
            self._kept = [(begin, self._read_whole(begin, end)) for begin, end in unread]
            os.ftruncate(descriptor, 0)
        except OSError:
            return
        self._base = self._on_disk_end = self._memory_begin

    def close(self) -> None:
        """Write to the disk what it accepts; close the file and keep it."""
        self.settle()
        if self._own is not None:
            self._own.close()
            self._own = None

    def positions(self, begin: int, end: int) -> list[tuple[int, int]]:
        """Return where the bytes from ``begin`` to ``end`` are in the file: a position and a length for each part.

        This writes to the disk what is in memory, as far as the disk accepts it. Nothing can be appended afterwards.

        Raises:
            OSError: The file cannot be written.
        """
        self.settle()
        found = []
        while begin < min(end, self._base):
            data = self._read_kept(begin, end - begin)
            found.append((self._copy(data), len(data)))
            begin += len(data)
        last = min(end, self._on_disk_end)
        return [*found, (begin - self._base, last - begin)] if begin < last else found

    @property
    def _memory_begin(self) -> int:
        return self.end - len(self._memory)

    @property
    def _descriptor(self) -> int | None:
        """The open file; other code in this process may have closed it, so it is opened again."""
        if self._own is not None and not self._own.is_ours():
            try:
                self._own = OwnDescriptor(os.open(self.path, os.O_RDWR | _FLAGS))
            except OSError:
                return None
        return None if self._own is None else self._own.number

    def _write(self, data: bytes, offset: int) -> int:
        """Write ``data`` at ``offset``, the end of the file, as far as the disk accepts it; return the length."""
        descriptor = self._descriptor
        if descriptor is None:
            return 0
        written = 0
        try:
            os.lseek(descriptor, offset - self._base, os.SEEK_SET)
            while written < len(data):
                written += os.write(descriptor, data[written:] if written else data)
        except OSError:
            pass
        self._on_disk_end = offset + written
        return written

    def _copy(self, data: bytes) -> int:
        """Write ``data`` after everything else and return where."""
        descriptor = self._descriptor
        if descriptor is None:
            raise OSError("the spool has no file")
        position = os.lseek(descriptor, 0, os.SEEK_END)
        written = 0
        while written < len(data):
            written += os.write(descriptor, data[written:])
        return position

    def _read_kept(self, offset: int, maximum: int) -> bytes:
        for begin, data in self._kept:
            if begin <= offset < begin + len(data):
                return data[offset - begin : offset - begin + maximum]
        raise OSError("this part of the spool has been released")

    def _read_whole(self, begin: int, end: int) -> bytes:
        data = b""
        while len(data) < end - begin:
            data += self.read(begin + len(data), end - begin - len(data))
        return data


def _overlap(part: tuple[int, bytes], interval: tuple[int, int]) -> bool:
    return interval[0] < part[0] + len(part[1]) and part[0] < interval[1]


def _read_at(descriptor: int, count: int, position: int) -> bytes:
    if hasattr(os, "pread"):
        data: bytes = os.pread(descriptor, count, position)
        return data
    os.lseek(descriptor, position, os.SEEK_SET)
    return os.read(descriptor, count)
