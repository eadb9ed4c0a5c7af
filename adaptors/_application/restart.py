"""What happens when an application is lost, and when it is restarted although it is not."""

from __future__ import annotations

import math
import re
from enum import Enum
from typing import Any, Callable, Optional, Union

import attrs

from ...statemachine._amounts import duration, size

_UNITS = {"": 1, "KB": 1024, "MB": 1024**2, "GB": 1024**3, "TB": 1024**4}
_SIZE = re.compile(r"(\d+(?:\.\d+)?) *([KMGT]B)?")
_SPANS = {"": 1, "s": 1, "min": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"(\d+(?:\.\d+)?) *(s|min|h|d)?")


class OnLoss(str, Enum):
    """What the loss of the application ends.

    If only the task, or nothing: a loss before the task has asked anything of it costs no task. It is launched again,
    and the task begins again, once.
    """

    FAIL_SESSION = "fail session"
    FAIL_TASK = "fail task"
    RESTART = "restart"

    def __str__(self) -> str:
        return self.value

    @classmethod
    def _missing_(cls, value: object) -> OnLoss:
        """Reject what is neither a member nor its value."""
        raise ValueError(f"on_loss is {value!r}; write {', '.join(f'OnLoss.{each.name}' for each in cls)}")


def _number(value: object, pattern: re.Pattern[str], units: dict[str, int], example: str) -> float:
    if isinstance(value, str):
        match = pattern.fullmatch(value.strip())
        if match is not None:
            return float(match[1]) * units[match[2] or ""]
    elif isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf:
        return float(value)
    raise ValueError(f"{value!r} cannot be understood; write {example}")


def _bytes(value: Union[str, float, None]) -> Optional[float]:
    return None if value is None else _number(value, _SIZE, _UNITS, "a size such as '24 GB'")


def _seconds(value: Union[str, float, None]) -> Optional[float]:
    return None if value is None else _number(value, _SPAN, _SPANS, "a time such as '8 h'")


def _count(_: object, attribute: Any, value: object) -> None:
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < 0):
        raise ValueError(f"{attribute.name} is {value!r}; write a whole number")


@attrs.frozen(kw_only=True)
class Restart:
    """When an application is restarted.

    A task begins with a restart if one is due. So it costs no task, and the last task of a session none at all.

    Attributes:
        attempts: With ``OnLoss.RESTART``: how often one task is run again because the application was lost.
        after_tasks: Restart after this many tasks; None for never.
        above_memory: Restart if the processes of the application use more memory: bytes, or a text such as ``24 GB``.
        after: Restart when it has run so long: seconds, or a text such as ``8 h``.

    >>> Restart(above_memory="1.5 GB", after="8 h")
    Restart(attempts=1, after_tasks=None, above_memory=1610612736.0, after=28800.0)
    """

    attempts: int = attrs.field(default=1, validator=_count)
    after_tasks: Optional[int] = attrs.field(default=None, validator=_count)
    above_memory: Optional[float] = attrs.field(default=None, converter=_bytes)
    after: Optional[float] = attrs.field(default=None, converter=_seconds)

    def reason(self, *, tasks: int, seconds: float, memory: Callable[[], int]) -> str | None:
        """Return why the application should be restarted now; None if it should not.

        Args:
            tasks: How many tasks it has run.
            seconds: How long it has run.
            memory: Returns how much memory its processes use, in bytes.
        """
        if self.after_tasks and tasks >= self.after_tasks:
            return f"it has run {tasks} task{'' if tasks == 1 else 's'}"
        if self.after is not None and tasks and seconds >= self.after:
            return f"it has run for {duration(seconds)}"
        if self.above_memory is not None and tasks:
            used = memory()
            if used > self.above_memory:
                return f"it uses {size(used)} of memory"
        return None
