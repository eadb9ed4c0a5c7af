"""How long each phase of a session may take."""

from __future__ import annotations

from typing import Optional

import attrs

DAY = 86_400.0


@attrs.frozen
class Deadlines:
    """Limits in seconds; None is no limit.

    Attributes:
        start: For ``on_start``. Scene loads of an hour exist, hence a day.
        run: For ``on_run``.
        stop: For ``on_stop`` and ``on_cleanup`` together. OpenJD ends an environment's onExit after 300 s.
        cancel: From a cancel until a hook that does not end is abandoned.
    """

    start: Optional[float] = DAY
    run: Optional[float] = None
    stop: float = 230.0
    cancel: float = 20.0
