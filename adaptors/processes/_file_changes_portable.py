"""Without an event for a change: look from time to time."""

from __future__ import annotations


class FileChanges:
    """The changes of one file.

    Args:
        path: The file, which need not exist.

    Attributes:
        descriptor: Readable after a change; None if the system offers no such descriptor.
    """

    def __init__(self, path: str) -> None:
        self.descriptor: int | None = None

    def watch(self, file: int | None) -> bool:
        """Return whether the descriptor has told each change since the last call, and will tell the next one.

        Args:
            file: The open file; None if there is none.
        """
        return False

    def forget(self) -> None:
        """Take note of all changes until now."""

    def close(self) -> None:
        """Watch no longer."""
