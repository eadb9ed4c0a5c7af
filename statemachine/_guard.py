"""The one guard: a `transitions` machine, made from a table and hidden behind a few typed names."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Callable, Generic

from ._table import Row, StateT, Table, TriggerT

if TYPE_CHECKING:
    from transitions import Machine

_MACHINE_NAMES = "adaptor_runtime machine of the "


class _Model:
    """The object to which `transitions` adds its attributes. Only the guard sees it."""

    state: str
    trigger: Callable[[str], bool]

    def __init__(self) -> None:
        self.fact = False

    def is_fact(self) -> bool:
        return self.fact


class Guard(Generic[StateT, TriggerT]):
    """Hold the state and the fact of a table; change the state only according to the table. Not thread-safe.

    Args:
        table: The table.
    """

    def __init__(self, table: Table[StateT, TriggerT]) -> None:
        # Imported here: processes that never build a lifecycle need only the names of the states.
        from transitions import Machine

        _silence_machine_log()
        self._table = table
        self._model = _Model()
        self._machine: Machine = Machine(
            self._model,
            name=f"{_MACHINE_NAMES}{table.machine}",
            states=[state.value for state in table.states],
            initial=table.first.value,
            transitions=[_machine_row(row) for row in table.rows],
            auto_transitions=False,
        )

    @property
    def state(self) -> StateT:
        """The state."""
        return self._table.states(self._model.state)

    @property
    def fact(self) -> bool:
        """Whether the fact is true that rows of the table depend on."""
        return self._model.fact

    @fact.setter
    def fact(self, value: bool) -> None:
        self._model.fact = value

    def allowed(self) -> tuple[TriggerT, ...]:
        """Return the triggers that the table lets move the state now."""
        return tuple(trigger for trigger in self._table.triggers if self.may(trigger))

    def may(self, trigger: TriggerT) -> bool:
        """Return whether the table lets ``trigger`` move the state now."""
        ask: Callable[[], bool] = getattr(self._model, f"may_{trigger}")
        return ask()

    def move(self, trigger: TriggerT) -> bool:
        """Move according to the table; if the table has no such move, change nothing and return False."""
        # Checked first because the machine itself answers in two ways: it raises for a state that is not a source of
        # the trigger, and returns False for a condition that does not hold.
        return self.may(trigger) and self._model.trigger(trigger.value)


def _machine_row(row: Row) -> dict[str, Any]:
    """Return a row of the table in the form that `transitions` expects."""
    condition = {True: {"conditions": "is_fact"}, False: {"unless": "is_fact"}, None: {}}[row.fact]
    return {"trigger": row.trigger, "source": list(row.sources), "dest": row.target, **condition}


class _OtherMachines:
    """The logger of `transitions` without the log records about our machines.

    Our own records say the same, and `logging` is foreign code that would run under the lifecycle's lock: a handler, or
    the lock that ``logging.config`` holds while it waits for an author's handler. Other machines in the process log as
    before.
    """

    def __init__(self, logger: logging.Logger) -> None:
        self._logger = logger

    def __getattr__(self, name: str) -> Any:
        return getattr(self._logger, name)

    def debug(self, text: str, *arguments: object, **options: Any) -> None:
        if not _is_ours(arguments):
            self._logger.debug(text, *arguments, **options)

    def info(self, text: str, *arguments: object, **options: Any) -> None:
        if not _is_ours(arguments):
            self._logger.info(text, *arguments, **options)


def _is_ours(arguments: tuple[object, ...]) -> bool:
    return bool(arguments) and str(arguments[0]).startswith(_MACHINE_NAMES)


def _silence_machine_log() -> None:
    from transitions import core

    logger = getattr(core, "_LOGGER", None)
    if isinstance(logger, logging.Logger):
        setattr(core, "_LOGGER", _OtherMachines(logger))  # noqa: B010  type checkers do not know it
