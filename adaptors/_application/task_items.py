"""The loop over the items of a task, such as its frames."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from .._messages.own_log import log
from ..processes._start_check import kind_of
from .task_progress import Items

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Callable

    from .task_progress import TaskProgress

_FIELDS = "{item}, {number}, and {count}"


class TaskItems:
    """Loop over items, each a part of the progress of the task.

    Args:
        progress: The progress of the task.
        check: Called before each item: raises what has ended the hook.
        accept: Takes an output as it is, if it exists, and returns whether it does.
    """

    def __init__(self, progress: TaskProgress, check: Callable[[], object], accept: Callable[[Any], bool]) -> None:
        self._progress = progress
        self._check = check
        self._accept = accept

    def each(self, items: Iterable[Any], status: str, skip_existing: Callable[[Any], Any] | None) -> Iterator[Any]:
        """Yield the items; see ``ApplicationAdaptor.each``."""
        if not isinstance(items, Iterable):
            raise TypeError(f"each takes the items of a task, such as a list, and not {kind_of(items)}")
        listed = Items(items)
        for number, item in enumerate(listed):
            self._check()
            self._progress.begin_part(number, listed)
            if skip_existing is not None and self._accept(path := skip_existing(item)):
                log().info("skipped, because its output exists", item=str(item), output=str(path))
                continue
            self._progress.report(0, _text(status, item=item, number=number + 1, count=len(listed)))
            yield item
        if listed:
            self._progress.begin_part(len(listed), listed)
            self._progress.report(0)


def _text(status: str, **fields: Any) -> str:
    try:
        return status.format(**fields)
    except (LookupError, ValueError, AttributeError):
        raise ValueError(f"the status {status!r} of each cannot be filled in; it may have {_FIELDS}") from None
