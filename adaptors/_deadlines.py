"""The time limits of a session's phases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Optional

import attrs

if TYPE_CHECKING:
    from collections.abc import Mapping

DAY = 86_400.0


@attrs.frozen
class Deadlines:
    """Time limits in seconds; None for no limit.

    Attributes:
        start: For ``on_start``, and each time a task begins with a restart of the application. Some scenes load for an
            hour, hence a day.
        run: For ``on_run``, without the time of such a restart.
        stop: For ``on_stop`` and ``on_cleanup`` together. OpenJD ends an environment's onExit after 300 s.
        cleanup: For ``on_cleanup`` alone, within ``stop``; None for what ``on_stop`` left, at least a third of
            ``stop``.
        cancel: From a cancel until the runtime abandons a hook that does not end. Applications are killed before: a
            third of the time, at most 5 s, is kept for the hook after that. A scheduler may leave less.
        output: Watchdog: how long ``on_start`` or ``on_run`` may go without a line of an application.
        progress: Watchdog: how long they may go without a progress message.
        idle: How long a daemon waits for a command before it ends. A session may wait long between two tasks.
        idle_over: The same once the session was canceled or has failed: no task can follow, but it holds a license.
    """

    start: Optional[float] = DAY
    run: Optional[float] = None
    stop: float = 230.0
    cleanup: Optional[float] = None
    cancel: float = 20.0
    output: Optional[float] = None
    progress: Optional[float] = None
    idle: Optional[float] = DAY
    idle_over: Optional[float] = 600.0

    def to_dict(self) -> dict[str, float | None]:
        """Return the limits by the names of the phases."""
        return attrs.asdict(self)

    def replaced(self, limits: Mapping[str, float | None]) -> Deadlines:
        """Return these deadlines with some of them replaced.

        Args:
            limits: Seconds by the name of the phase; None for no limit.

        >>> Deadlines().replaced({"run": 3600.0}).run
        3600.0
        """
        return attrs.evolve(self, **limits)  # type: ignore[arg-type]
