"""What a state machine of this package is made from: one table. Guard, errors, and drawings take it as a parameter."""

from __future__ import annotations

from enum import Enum
from typing import Generic, NamedTuple, TypeVar

OF_ADAPTOR, OF_APPLICATION = "adaptor", "application"
"""The names of the machines."""


class Name(str, Enum):
    """A name in a table: a state, or a trigger. It prints as its value."""

    def __str__(self) -> str:
        return str(self.value)


StateT = TypeVar("StateT", bound=Name)
TriggerT = TypeVar("TriggerT", bound=Name)


class Fact(NamedTuple):
    """The fact, besides the state, that rows of a table may depend on, in words."""

    true: str
    """As a condition: the fact is true."""
    false: str
    """As a condition: the fact is false."""
    refused_if_true: str
    """Why a trigger is refused that needs the fact to be false."""
    refused_if_false: str
    """Why a trigger is refused that needs the fact to be true."""


class Row(NamedTuple):
    """What every machine has of a transition."""

    trigger: str
    sources: tuple[str, ...]
    target: str
    fact: bool | None = None
    """The required value of the table's fact; ``None`` if it does not matter."""
    is_routine: bool = False
    """Whether it happens many times in a task, so that the log shows it only at level DEBUG."""


class Table(Generic[StateT, TriggerT]):
    """One state machine as data.

    Args:
        machine: Its name, which its records have.
        states: Its states, in the order in which they are drawn.
        triggers: Its triggers.
        rows: Its transitions. The machine begins in the first source of the first one.
        fact: What its rows may depend on besides the state.
    """

    def __init__(
        self,
        machine: str,
        states: type[StateT],
        triggers: type[TriggerT],
        rows: tuple[Row, ...],
        fact: Fact | None = None,
    ) -> None:
        self.machine = machine
        self.states = states
        self.triggers = triggers
        self.rows = rows
        self.fact = fact

    def __repr__(self) -> str:
        return f"<Table of the {self.machine}, {len(self.rows)} rows>"

    @property
    def first(self) -> StateT:
        """The state in which the machine begins."""
        return self.states(self.rows[0].sources[0])

    def still_possible(self, trigger: TriggerT, state: StateT) -> bool:
        """Return whether ``trigger`` can move the machine now or later, according to the table alone."""
        reachable = {state.value}
        grown = True
        while grown:
            targets = {row.target for row in self.rows if reachable.intersection(row.sources)}
            grown = not targets <= reachable
            reachable |= targets
        return any(row.trigger == trigger and reachable.intersection(row.sources) for row in self.rows)

    def is_routine(self, trigger: TriggerT, source: StateT) -> bool:
        """Return whether the transition by ``trigger`` from ``source`` happens many times in a task."""
        return any(row.is_routine for row in self.rows if row.trigger == trigger and source in row.sources)
