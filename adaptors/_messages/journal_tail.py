"""How a session stands according to the end of its journal, for whoever cannot ask its daemon."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import attrs

from ...statemachine import TRANSITIONS, AdaptorState
from ...statemachine._history import number_in
from ...statemachine._states import RETURNED
from ...statemachine._table import OF_ADAPTOR
from .journal_reading import UNREADABLE, entry_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...statemachine import Entry, Record

_TAIL = 256 * 1024
_HOOKS = {row.hook: row for row in TRANSITIONS if row.hook}


@attrs.frozen
class LeftSession:
    """How a session stood when its journal was written last.

    Attributes:
        state: The state of the lifecycle.
        stop_owed: Whether ``on_stop`` must still be called.
        moved_at: When the state moved, in seconds since the epoch; None if it never did.
        in_flight: The hook that had begun and not ended, as in a ``Snapshot`` but with ``at``; None for none.
        written_at: When the last entry was written; None if there is none.
        records: The last records of the adaptor and its applications.
    """

    state: str = AdaptorState.IDLE.value
    stop_owed: bool = False
    moved_at: float | None = None
    in_flight: dict[str, Any] | None = None
    written_at: float | None = None
    records: tuple[Record, ...] = ()

    @classmethod
    def of(cls, journal: str) -> LeftSession:
        """Read the end of a journal; what cannot be read counts as empty."""
        session = cls()
        for entry in _last_entries(journal):
            session = session.after(entry)
        return session

    def after(self, entry: Entry) -> LeftSession:
        """Return the session after one more entry of its journal."""
        at = number_in(entry.fields, "at")
        if at is None:
            return self
        session, record = attrs.evolve(self, written_at=at), entry.record
        if record is None:
            hook = entry.fields.get("hook") if entry.fields.get("what") == "hook begins" else None
            is_known = isinstance(hook, str) and hook in _HOOKS
            return _begun(session, str(hook), self.state, None, at) if is_known else session
        session = attrs.evolve(session, records=(*self.records, record))
        return session if record.machine != OF_ADAPTOR else _moved(session, record, at)


def _moved(session: LeftSession, record: Record, at: float) -> LeftSession:
    if record.kind == "transition":
        session = attrs.evolve(session, state=record.target, moved_at=at)
        if record.hook in _HOOKS and record.trigger == _HOOKS[record.hook].trigger.value and record.outcome is None:
            session = _begun(session, record.hook, record.target, record.task_id, at)
    if record.outcome is None or record.kind == "late" or record.hook not in _HOOKS:
        return session
    owed = _HOOKS[record.hook].then_stop_owed
    stop_owed = session.stop_owed if owed is None else owed and record.outcome == RETURNED
    return attrs.evolve(session, stop_owed=stop_owed, in_flight=None)


def _begun(session: LeftSession, hook: str, state: str, task_id: str | None, at: float) -> LeftSession:
    in_flight = {"hook": hook, "trigger": _HOOKS[hook].trigger.value, "task_id": task_id, "state": state, "at": at}
    return attrs.evolve(session, in_flight=in_flight)


def _last_entries(journal: str) -> Iterator[Entry]:
    try:
        with open(journal, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _TAIL))
            lines = file.read(_TAIL).split(b"\n")
    except OSError:
        return
    for line in lines[1:] if size > _TAIL else lines:
        try:
            entry = entry_of(line)
        except UNREADABLE:  # it was cut off
            continue
        if entry is not None:
            yield entry
