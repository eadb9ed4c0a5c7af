"""The deadlines of a session under test: those of the adaptor, but none that lets a test wait for a day."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from ..adaptors import Deadlines
from ..adaptors.configuration._effective import EffectiveConfiguration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..adaptors import BaseAdaptor

    Given = Mapping[str, float | None] | Deadlines | None

PHASES = ("start", "run", "stop")

_CANCEL_PART = 3
"""A cancel gets a third of the timeout: what it does not end by then, is abandoned, and stop and cleanup follow."""

_MARGIN_SECONDS = 15.0
"""What the runtime may take beside the hooks, before something is wrong with it: it ends applications, for example."""


def given_deadlines(given: Given) -> dict[str, float | None]:
    """Return the deadlines that a test gives, by their names.

    Raises:
        ValueError: There is no deadline of a name.
    """
    if given is None:
        return {}
    if isinstance(given, Deadlines):
        return attrs.asdict(given)
    names = [field.name for field in attrs.fields(Deadlines)]
    for name in given:
        if name not in names:
            raise ValueError(f"there is no deadline {name!r}; the names are {', '.join(names)}")
    return dict(given)


def capped(
    adaptor_class: type[BaseAdaptor[Any]], given: Mapping[str, float | None], timeout: float
) -> dict[str, float | None]:
    """Return the deadlines to give to a session, so that none of its calls lasts longer than the timeout.

    Args:
        adaptor_class: The adaptor, whose class and configuration have deadlines, too.
        given: What the test gives, which is not changed.
        timeout: Seconds.

    Raises:
        BadInputError: A configuration file is malformed or does not fit its schema.
    """
    counting = in_force(adaptor_class, given)
    limits: dict[str, Any] = {name: timeout for name in PHASES if _exceeds(getattr(counting, name), timeout)}
    if counting.cancel > timeout / _CANCEL_PART:
        limits["cancel"] = timeout / _CANCEL_PART
    return {**limits, **given}


def in_force(adaptor_class: type[BaseAdaptor[Any]], given: Mapping[str, float | None]) -> Deadlines:
    """Return the deadlines of a session to which ``given`` were given."""
    return EffectiveConfiguration.of(adaptor_class, dict(given)).deadlines


def _exceeds(limit: float | None, timeout: float) -> bool:
    return limit is None or limit > timeout


def patience(deadlines: Deadlines, phase: str, timeout: float) -> float:
    """Return how long a call of ``phase`` may take in all: a start that fails is followed by stop and cleanup."""
    own: float | None = getattr(deadlines, phase)
    more = 0.0 if phase == "stop" else deadlines.cancel + deadlines.stop
    return (timeout if own is None else own) + more + _MARGIN_SECONDS
