"""What a daemon that cannot be asked said last, from the file of its spool."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional

import attrs
from adaptor_runtime_client._messages import LifecycleRecord, Log, Output, Progress, StatusMessage

from ...ipc._stream.printer import printed
from ...ipc._stream.spool_tail import last_change, last_events

if TYPE_CHECKING:
    from collections.abc import Mapping

_LINES = 20
_CHANGES_NOTHING = {"refused", "late"}


@attrs.frozen
class LastWords:
    """The last output, progress, and status.

    Attributes:
        at: When the last event was written, in seconds since the epoch; None if nothing is known.
        lines: The last lines, as they are printed.
        progress: In percent, of the request in flight.
        status: A status message of the request in flight.
    """

    at: Optional[float] = None
    lines: tuple[str, ...] = ()
    progress: Optional[float] = None
    status: Optional[str] = None

    @classmethod
    def of(cls, directory: str) -> LastWords:
        """Read the spool in a session directory; what is gone or was shown long ago is unknown."""
        lines: list[str] = []
        progress, status = None, None
        for message, body in last_events(directory):
            if isinstance(message, Progress):
                progress = message.value
            elif isinstance(message, StatusMessage):
                status = message.text
            elif isinstance(message, LifecycleRecord) and _separates_requests(message.record):
                progress, status = None, None
            elif isinstance(message, (Log, Output)):
                lines += printed(message, body).decode("utf-8", "backslashreplace").splitlines()
        return cls(last_change(directory), tuple(lines[-_LINES:]), progress, status)


def _separates_requests(record: Mapping[str, Any]) -> bool:
    """Return whether a task begins, or a request ends: what was said before is not about what is in flight after."""
    if record.get("application") is not None or record.get("kind") in _CHANGES_NOTHING:
        return False
    return record.get("outcome") is not None or record.get("trigger") == "run"
