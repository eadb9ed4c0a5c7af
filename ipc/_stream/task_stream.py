"""One request: its part of the spool, and how it ended."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from adaptor_runtime_client._messages import Result


class TaskStream:
    """The part of a spool that shows one request: a task, the start or the stop.

    ``begin`` and ``end`` are offsets in the spool, None until they are known: a request that was refused has neither.
    ``result`` is None until the request has ended. The spool sets all three, and wakes the threads that wait for them.
    """

    def __init__(self, stream_id: str) -> None:
        self.id = stream_id
        self.is_task = False
        self.begin: int | None = None
        self.end: int | None = None
        self.result: Result | None = None

    def __repr__(self) -> str:
        state = "ended" if self.result is not None else "expected" if self.begin is None else "open"
        return f"<TaskStream {self.id!r} {state}, from {self.begin} to {self.end}>"
