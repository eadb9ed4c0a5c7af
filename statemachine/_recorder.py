"""Number, keep and deliver the records of one machine, under the lock that also guards its state."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Callable

from ._history import History, Record
from ._observer import Delivery
from ._table import OF_ADAPTOR

if TYPE_CHECKING:
    from collections.abc import Iterator


class Recorder:
    """The records of one machine. Each machine counts its own, from 1.

    Args:
        clock: Returns seconds, monotonic.
        on_record: Called with each record, in order, and not under the lock.
        history_limit: How many records to keep in memory.
        machine: The name of the machine.
        application: The name of the application that it belongs to.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float],
        on_record: Callable[[Record], None] | None,
        history_limit: int,
        machine: str = OF_ADAPTOR,
        application: str | None = None,
    ) -> None:
        self.now = clock
        self.lock = threading.Lock()
        """Guards the records and the state of the machine."""
        self._machine = machine
        self._application = application
        self._history = History(history_limit)
        self._delivery = Delivery(on_record)

    @property
    def records(self) -> tuple[Record, ...]:
        """The latest records, oldest first; the caller holds the lock."""
        return self._history.records

    @property
    def observer_error(self) -> Exception | None:
        """The first exception that ``on_record`` raised."""
        return self._delivery.error

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """Hold the lock; deliver the new records after releasing it."""
        try:
            with self.lock:
                yield
        finally:
            self._delivery.deliver()

    def add(self, kind: str, trigger: str, source: str, target: str, cause: str | None, **more: Any) -> Record:
        """Make the next record; the caller holds the lock.

        Args:
            kind: What happened.
            trigger: What was asked.
            source: The state before.
            target: The state now.
            cause: Why it happened.
            more: Other fields of the record.
        """
        record = Record(
            sequence=self._history.next_sequence,
            kind=kind,
            trigger=trigger,
            source=source,
            target=target,
            cause=cause,
            time=self.now(),
            machine=self._machine,
            application=self._application,
            **more,
        )
        self._history.append(record)
        self._delivery.queue(record)
        return record
