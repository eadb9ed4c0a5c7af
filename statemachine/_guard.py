"""The one guard: a `transitions` machine, made from the table and hidden behind four typed names."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Callable

from ._states import TRANSITIONS, AdaptorState, Transition, Trigger

if TYPE_CHECKING:
    from transitions import Machine

_MACHINE_NAME = "adaptor_runtime lifecycle"


class _Model:
    """The object to which `transitions` adds its attributes. Only the guard sees it."""

    state: str
    trigger: Callable[[str], bool]

    def __init__(self) -> None:
        self.stop_owed = False

    def is_stop_owed(self) -> bool:
        return self.stop_owed


class Guard:
    """Hold the state and the fact *stop owed*; change the state only according to ``TRANSITIONS``. Not thread-safe."""

    def __init__(self) -> None:
        # Imported here: processes that never build a lifecycle need only the names of the states.
        from transitions import Machine

        _silence_machine_log()
        self._model = _Model()
        self._machine: Machine = Machine(
            self._model,
            name=_MACHINE_NAME,
            states=[state.value for state in AdaptorState],
            initial=AdaptorState.IDLE.value,
            transitions=[_machine_row(row) for row in TRANSITIONS],
            auto_transitions=False,
        )

    @property
    def state(self) -> AdaptorState:
        """The state."""
        return AdaptorState(self._model.state)

    @property
    def stop_owed(self) -> bool:
        """Whether ``on_start`` has returned and ``on_stop`` has not ended."""
        return self._model.stop_owed

    @stop_owed.setter
    def stop_owed(self, value: bool) -> None:
        self._model.stop_owed = value

    def may(self, trigger: Trigger) -> bool:
        """Return whether the table lets ``trigger`` move the state now."""
        ask: Callable[[], bool] = getattr(self._model, f"may_{trigger}")
        return ask()

    def move(self, trigger: Trigger) -> bool:
        """Move according to the table; if the table has no such move, change nothing and return False."""
        # Checked first because the machine itself answers in two ways: it raises for a state that is not a source of
        # the trigger, and returns False for a condition that does not hold.
        return self.may(trigger) and self._model.trigger(trigger.value)


def _machine_row(row: Transition) -> dict[str, Any]:
    """Return a row of the table in the form that `transitions` expects."""
    condition = {True: {"conditions": "is_stop_owed"}, False: {"unless": "is_stop_owed"}, None: {}}[row.stop_owed]
    sources = [source.value for source in row.sources]
    return {"trigger": row.trigger.value, "source": sources, "dest": row.target.value, **condition}


class _OtherMachines:
    """The logger of `transitions` without the log records about our machine.

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
    return bool(arguments) and str(arguments[0]).startswith(_MACHINE_NAME)


def _silence_machine_log() -> None:
    from transitions import core

    logger = getattr(core, "_LOGGER", None)
    if isinstance(logger, logging.Logger):
        setattr(core, "_LOGGER", _OtherMachines(logger))  # noqa: B010  type checkers do not know it
