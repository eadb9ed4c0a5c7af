"""What is asked of a session, and the calls of hooks that it makes for that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from ..statemachine import InFlight
    from ._outcome import Outcome

WORK = ("on_start", "on_run")
"""The hooks that a cancel interrupts. The others end the session and are only hurried."""


@attrs.define(eq=False)
class Request:
    """One thing asked of a session.

    Attributes:
        segment_id: The part of the ordered stream that shows it.
        task_id: The task, for a run.
        outcome: How it ended; None until everything that belongs to it is over.
    """

    segment_id: str
    task_id: str | None = None
    outcome: Outcome | None = None


@attrs.define(eq=False)
class Call:
    """One call of a hook: what the lifecycle knows of it, for whom it is made and the first error that it met."""

    in_flight: InFlight
    request: Request
    argument: Any = None
    error: BaseException | None = None

    @property
    def hook(self) -> str:
        """The hook's name."""
        return self.in_flight.hook

    @property
    def is_work(self) -> bool:
        """Whether a cancel interrupts it."""
        return self.hook in WORK
