"""The life of an application as data: its states, its triggers and the one table of transitions.

The lifecycle says what the adaptor may do; this table says what its application may be asked. The guard, the drawings,
the documentation, and the tests are made from ``APPLICATION_TRANSITIONS``.
"""

from __future__ import annotations

from typing import NamedTuple

from ._table import OF_APPLICATION, Name, Row, Table


class ApplicationState(Name):
    """What is true now: ``READY`` means that the application waits for a request."""

    ABSENT = "absent"
    LOADING = "loading"
    READY = "ready"
    BUSY = "busy"
    LOST = "lost"
    CLOSED = "closed"


class ApplicationTrigger(Name):
    """What can happen to an application."""

    LAUNCH = "launch"
    READY = "ready"
    ASK = "ask"
    LOSE = "lose"
    CLOSE = "close"


class ApplicationTransition(NamedTuple):
    """One row of the table. No hook belongs to it, and each moves the machine at once."""

    trigger: ApplicationTrigger
    sources: tuple[ApplicationState, ...]
    target: ApplicationState
    meaning: str
    is_routine: bool = False
    """Whether it happens many times in a task, so that the log shows it only at level DEBUG."""


APPLICATION_TRANSITIONS: tuple[ApplicationTransition, ...] = (
    ApplicationTransition(
        trigger=ApplicationTrigger.LAUNCH,
        # From lost and closed it is a restart, which costs no task. A live one is closed first: there is one process.
        sources=(ApplicationState.ABSENT, ApplicationState.LOST, ApplicationState.CLOSED),
        target=ApplicationState.LOADING,
        meaning="its process was started, for the first time or again",
    ),
    ApplicationTransition(
        trigger=ApplicationTrigger.READY,
        sources=(ApplicationState.LOADING,),
        target=ApplicationState.READY,
        meaning="it has loaded: a rule, the link, or the author said so",
    ),
    ApplicationTransition(
        trigger=ApplicationTrigger.ASK,
        sources=(ApplicationState.READY,),
        target=ApplicationState.BUSY,
        meaning="a request was sent to it",
        is_routine=True,
    ),
    ApplicationTransition(
        trigger=ApplicationTrigger.READY,
        sources=(ApplicationState.BUSY,),
        target=ApplicationState.READY,
        meaning="it answered, with a result or an error",
        is_routine=True,
    ),
    ApplicationTransition(
        trigger=ApplicationTrigger.LOSE,
        sources=(ApplicationState.LOADING, ApplicationState.READY, ApplicationState.BUSY),
        target=ApplicationState.LOST,
        meaning="it ended, and nobody had asked for that, or a line says that it is of no more use",
    ),
    ApplicationTransition(
        trigger=ApplicationTrigger.CLOSE,
        sources=(ApplicationState.LOADING, ApplicationState.READY, ApplicationState.BUSY, ApplicationState.LOST),
        target=ApplicationState.CLOSED,
        meaning="it was asked to end, or ended as expected; from now on its exit is no loss",
    ),
)

APPLICATION: Table[ApplicationState, ApplicationTrigger] = Table(
    OF_APPLICATION,
    ApplicationState,
    ApplicationTrigger,
    tuple(
        Row(row.trigger.value, tuple(source.value for source in row.sources), row.target.value, None, row.is_routine)
        for row in APPLICATION_TRANSITIONS
    ),
)
