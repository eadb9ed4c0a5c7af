"""Windows has no pseudo terminal that a plain pipe could be replaced by."""

from __future__ import annotations


def open_terminal() -> tuple[int, int]:
    """Raise.

    Raises:
        OSError: Always.
    """
    raise OSError("terminal=True is not available on Windows; configure the application to write without a buffer")
