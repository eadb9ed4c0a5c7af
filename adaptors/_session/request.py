"""The requests to a session, and the hook calls that it makes for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from ...statemachine import InFlight
    from .._outcome import Outcome

NO_ADAPTOR = "no adaptor: its constructor did not return"
"""The reason for skipping ``on_cleanup``."""

WORK = ("on_start", "on_run")
"""The hooks that a cancel interrupts. The others end the session and are only hurried."""


@attrs.define(eq=False)
class SessionRequest:
    """One request to a session.

    Attributes:
        stream_id: The part of the ordered stream that shows it.
        task_id: The task, for a run.
        outcome: How it ended; None until everything for it is over.
        is_begun: Its part of the stream has begun.
        is_finished: It has an outcome, and its part of the stream has ended.
    """

    stream_id: str
    task_id: str | None = None
    outcome: Outcome | None = None
    is_begun: bool = False
    is_finished: bool = False


@attrs.define(eq=False)
class HookCall:
    """One call of a hook.

    Attributes:
        in_flight: What the lifecycle knows of it.
        request: The request that caused it.
        argument: The argument of the hook.
        error: The first error during the call.
        is_called: It is on its way to the hook thread, and its end will be reported.
        has_ended: The hook has returned or raised.
        raised: What the hook raised, if anything.
        is_skipped: No adaptor existed to call it on.
        loading_since: Since when it has been loading an application; None if it is not.
        loaded_seconds: How long it has done so before.
    """

    in_flight: InFlight
    request: SessionRequest
    argument: Any = None
    error: BaseException | None = None
    is_called: bool = False
    has_ended: bool = False
    raised: BaseException | None = None
    is_skipped: bool = False
    loading_since: float | None = None
    loaded_seconds: float = 0.0

    @property
    def hook(self) -> str:
        """The hook's name."""
        return self.in_flight.hook

    @property
    def is_work(self) -> bool:
        """Whether a cancel interrupts it."""
        return self.hook in WORK
