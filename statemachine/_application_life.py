"""The life of one application of an adaptor: what it may be asked now, and what happened to it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Callable

from ._application_states import APPLICATION, ApplicationState, ApplicationTrigger
from ._guard import Guard
from ._illegal_call import IllegalCallError
from ._recorder import Recorder

if TYPE_CHECKING:
    from ._history import Record


class ApplicationLife:
    """Guard what an application may be asked and remember what happened to it. Safe to use from any thread.

    Args:
        name: The name of the application, which its records have.
        clock: Returns seconds, monotonic.
        on_record: Called with each record, as that of ``Lifecycle``. It may call this object.
        history_limit: How many records to keep in memory.

    >>> life = ApplicationLife("blender")
    >>> life.move(ApplicationTrigger.LAUNCH).target
    'loading'
    >>> life.move_if_allowed(ApplicationTrigger.ASK)
    >>> life
    <ApplicationLife blender loading>
    """

    def __init__(
        self,
        name: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        on_record: Callable[[Record], None] | None = None,
        history_limit: int = 1000,
    ) -> None:
        self.name = name
        self._guard = Guard(APPLICATION)
        self._recorder = Recorder(
            clock=clock,
            on_record=on_record,
            history_limit=history_limit,
            machine=APPLICATION.machine,
            application=name,
        )
        self._since: float | None = None

    def __repr__(self) -> str:
        return f"<ApplicationLife {self.name} {self.state}>"

    @property
    def state(self) -> ApplicationState:
        """The state now."""
        return self._guard.state

    @property
    def history(self) -> tuple[Record, ...]:
        """The latest records, oldest first."""
        with self._recorder.lock:
            return self._recorder.records

    @property
    def observer_error(self) -> Exception | None:
        """The first exception that ``on_record`` raised: it stops neither the machine nor the later records."""
        return self._recorder.observer_error

    def allowed(self) -> tuple[ApplicationTrigger, ...]:
        """Return the triggers that may be pulled now."""
        with self._recorder.lock:
            return self._guard.allowed()

    def move(self, trigger: ApplicationTrigger, *, cause: str | None = None, task_id: str | None = None) -> Record:
        """Move as the table says.

        Args:
            trigger: What happened, or is about to be asked.
            cause: Who asked for it, or why it happened.
            task_id: The task that it belongs to.

        Returns:
            The record; its ``seconds`` are how long the application was in the former state.

        Raises:
            IllegalCallError: The table has no such move from this state. Nothing changed, except for the record.
        """
        with self._recorder.exclusive():
            record = self._move(trigger, cause, task_id)
            if record is None:
                raise self._refusal(trigger, cause, task_id)
            return record

    def move_if_allowed(
        self, trigger: ApplicationTrigger, *, cause: str | None = None, task_id: str | None = None
    ) -> Record | None:
        """Move as the table says; if it has no such move, do nothing and return None.

        It is for events that may come late or twice: a prompt that is printed again, or an exit after it was asked for.

        Args:
            trigger: What happened.
            cause: Why it happened.
            task_id: The task that it belongs to.
        """
        with self._recorder.exclusive():
            return self._move(trigger, cause, task_id)

    def _move(self, trigger: ApplicationTrigger, cause: str | None, task_id: str | None) -> Record | None:
        source = self._guard.state
        if not self._guard.move(trigger):
            return None
        since, self._since = self._since, self._recorder.now()
        seconds = None if since is None else self._since - since
        target = self._guard.state.value
        more = {"seconds": seconds, "task_id": task_id, "is_routine": APPLICATION.is_routine(trigger, source)}
        return self._recorder.add("transition", trigger.value, source.value, target, cause, **more)

    def _refusal(self, trigger: ApplicationTrigger, cause: str | None, task_id: str | None) -> IllegalCallError:
        """Record that a call is refused, and return the error to raise."""
        state = self._guard.state
        error = IllegalCallError(
            trigger,
            state=state,
            allowed=self._guard.allowed(),
            history=self._recorder.records,
            table=APPLICATION,
            application=self.name,
        )
        self._recorder.add("refused", trigger.value, state.value, state.value, cause or error.reason, task_id=task_id)
        return error
