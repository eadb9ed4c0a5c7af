"""The history of an adaptor and of its applications, as records in order."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any, NamedTuple

from ._table import OF_ADAPTOR, OF_APPLICATION

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_NUMBER = (int, float)
GREATEST = 2**63
"""More than any clock or counter reads. JSON has greater numbers, and infinite ones."""
KINDS = frozenset({"transition", "refused", "settled", "abandoned", "late"})
"""The kinds of a record."""

_REQUIRED = {"sequence": (int,), "kind": (str,), "trigger": (str,), "source": (str,), "target": (str,)}
_OPTIONAL = {
    "cause": (str,),
    "hook": (str,),
    "seconds": _NUMBER,
    "outcome": (str,),
    "task_id": (str,),
    "application": (str,),
}


def number_in(fields: Mapping[str, Any], name: str) -> float | None:
    """Return a number among the fields of an entry; None if it is missing, or none that a clock or counter reads."""
    value: Any = fields.get(name)
    is_number = isinstance(value, _NUMBER) and not isinstance(value, bool)
    return float(value) if is_number and -GREATEST < value < GREATEST else None  # nor is it infinite, or no number


class Record(NamedTuple):
    """One thing that happened to a machine: it moved, it refused, or a hook ended without moving it.

    ``kind`` is one of

    - ``transition``: the state moved from ``source`` to ``target``;
    - ``refused``: a call was illegal, or came too late to matter; nothing changed;
    - ``settled``: a hook ended after the state had already moved on;
    - ``abandoned``: a hook outlived its deadline after the state had already moved on;
    - ``late``: a hook ended, or reached its deadline, when it was no longer in flight; nothing changed.

    All but ``transition`` have ``source == target``. The values are plain strings and numbers, ready for a journal.
    """

    sequence: int
    """A number that counts from 1, without gaps; each machine counts its own records."""
    kind: str
    trigger: str
    source: str
    target: str
    """The state afterwards."""
    cause: str | None = None
    """Who asked for it or why it happened; the error if a hook raised; the reason of a refusal without a cause."""
    hook: str | None = None
    """The hook that began or ended, or that was in flight."""
    seconds: float | None = None
    """How long the hook took; ``None`` if this record is not the end of one. Of an application: how long it was in
    the former state."""
    outcome: str | None = None
    """How the hook ended: ``returned``, ``raised`` or ``abandoned``; ``None`` if this is not the end of one."""
    task_id: str | None = None
    time: float = 0.0
    """Reading of the machine's clock, in seconds; monotonic, so only differences are meaningful."""
    machine: str = OF_ADAPTOR
    """The machine: ``adaptor`` or ``application``."""
    application: str | None = None
    """The name of the application; ``None`` for a record of the adaptor."""
    is_routine: bool = False
    """Whether this happens many times in a task, so that the log shows it only at level DEBUG."""

    @property
    def level(self) -> str:
        """The log level: ``WARNING``, ``INFO``, or ``DEBUG``."""
        if self.kind in {"refused", "abandoned"}:
            return "WARNING"
        return "DEBUG" if self.is_routine else "INFO"

    def to_dict(self) -> dict[str, Any]:
        """Return the record as a JSON object. One of the adaptor is as it was before there were other machines."""
        fields = self._asdict()
        if self.machine == OF_ADAPTOR:
            del fields["machine"], fields["application"], fields["is_routine"]
        return fields

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Record:
        """Make a record from a JSON object, such as a line of a journal.

        Unknown keys are ignored, so that a journal of a later release can be read. A record without a machine is one
        of the adaptor.

        Raises:
            ValueError: A field is missing, has the wrong type, or is a number that no clock or counter reads.
        """
        fields: dict[str, Any] = {name: _checked(data, name, types) for name, types in _REQUIRED.items()}
        fields["time"] = _checked({"time": 0.0, **data}, "time", _NUMBER)
        fields["machine"] = _checked({"machine": OF_ADAPTOR, **data}, "machine", (str,))
        fields["is_routine"] = data.get("is_routine") is True
        for name, types in _OPTIONAL.items():
            fields[name] = None if data.get(name) is None else _checked(data, name, types)
        return cls(**fields)


def _checked(data: Mapping[str, Any], name: str, types: tuple[type, ...]) -> Any:
    """Return one field of a record, or raise ``ValueError`` naming it."""
    if name not in data:
        raise ValueError(f"not a lifecycle record: {name!r} is missing")
    value = data[name]
    is_absurd = isinstance(value, _NUMBER) and not -GREATEST < value < GREATEST
    if isinstance(value, bool) or not isinstance(value, types) or is_absurd:
        # One error for everything wrong with a record: code that reads a journal treats all of it alike.
        raise ValueError(f"not a lifecycle record: {name!r} cannot be {value!r}")
    return value


class History:
    """Keep the latest records, up to a limit: a session of a million frames must not grow without bound.

    Args:
        limit: How many records to keep, at least 1. The oldest are dropped first.
    """

    def __init__(self, limit: int) -> None:
        if limit < 1:
            raise ValueError(f"a history keeps at least one record, not {limit}")
        self._records: deque[Record] = deque(maxlen=limit)
        self._last_sequence = 0

    def __repr__(self) -> str:
        return f"<History of {len(self._records)} of {self._last_sequence} records>"

    @property
    def next_sequence(self) -> int:
        """The number of the next record."""
        return self._last_sequence + 1

    @property
    def records(self) -> tuple[Record, ...]:
        """The records in memory, oldest first."""
        return tuple(self._records)

    def append(self, record: Record) -> None:
        """Add a record."""
        self._last_sequence = record.sequence
        self._records.append(record)


def path_text(states: Sequence[str], limit: int) -> str:
    """Return a path on one line: only the last ``limit`` states if it is longer.

    >>> path_text(["idle", "started", "running"], 2)
    '... -> started -> running'
    """
    return " -> ".join([*(["..."] if len(states) > limit else []), *states[-limit:]])


def records_of(history: Iterable[Record], application: str | None = None) -> list[Record]:
    """Return the records of the adaptor, or those of one application."""
    machine = OF_ADAPTOR if application is None else OF_APPLICATION
    return [record for record in history if record.machine == machine and record.application == application]


def applications_of(history: Iterable[Record]) -> list[str]:
    """Return the names of the applications that have records, in the order of their first ones."""
    names = (record.application for record in history if record.machine == OF_APPLICATION)
    return list(dict.fromkeys(name for name in names if name is not None))


def path(history: Iterable[Record], application: str | None = None) -> list[str]:
    """Return the states that the adaptor, or one application, passed through, in order; empty if it has not moved.

    Args:
        history: Records, oldest first.
        application: The name of the application; None for the adaptor.

    >>> path([Record(1, "transition", "start", "idle", "started"), Record(2, "refused", "start", "started", "started")])
    ['idle', 'started']
    """
    moves = [record for record in records_of(history, application) if record.kind == "transition"]
    return [record.source for record in moves[:1]] + [record.target for record in moves]
