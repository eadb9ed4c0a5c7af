"""The runtime's own state of one adaptor, out of its author's way."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Optional, Protocol

import attrs

from .expectations import Expectations

if TYPE_CHECKING:
    from ...statemachine import AdaptorState
    from .._paths.mapping import PathMapping, PathMappingRule
    from ..processes import LoggingSubprocess

NAME = "_BaseAdaptor__private"
"""The only undocumented attribute on an adaptor: ``self.__private`` in ``BaseAdaptor``."""


class Runtime(Protocol):
    """The runner of an adaptor, as the adaptor sees it."""

    @property
    def state(self) -> AdaptorState:
        """The state of the lifecycle."""

    def declared_late(self, process: LoggingSubprocess) -> None:
        """Record that an application was declared after it had exited."""


@attrs.define(eq=False)
class PrivateState:
    """The runtime's own state of one adaptor.

    Attributes:
        runtime: The runner of the adaptor; None before it has one.
        expectations: What its hooks wait for.
        declared: The applications that its session depends on.
        rules: The path mapping rules; None before first use.
        mapping: Their index; None if it must be rebuilt.
        command: The command in flight of a ``CommandAdaptor``.
        output_rules: The output rules of the job, a ``RuleSet``, empty or ``()`` for none; None before a session has
            the adaptor.
    """

    runtime: Optional[Runtime] = None
    expectations: Expectations = attrs.field(factory=Expectations)
    declared: list[LoggingSubprocess] = attrs.field(factory=list)
    rules: Optional[list[PathMappingRule]] = None
    mapping: Optional[PathMapping] = None
    command: Any = None
    output_rules: Any = None

    @property
    def state(self) -> AdaptorState:
        """The state of the lifecycle; idle before a runner has the adaptor."""
        from ...statemachine import AdaptorState

        return AdaptorState.IDLE if self.runtime is None else self.runtime.state

    def is_declared(self, process: object) -> bool:
        """Return whether the session depends on ``process``."""
        return any(process is declared for declared in self.declared)

    def __reduce__(self) -> tuple[type[PrivateState], tuple[()]]:
        """Make copies of an adaptor start without a runner."""
        return PrivateState, ()


_serving: Optional[weakref.ref[PrivateState]] = None


def set_serving(state: PrivateState | None) -> None:
    """Set the state of the adaptor that the session of this process serves; None for none."""
    global _serving  # a process has one session
    _serving = None if state is None else weakref.ref(state)


def session_state(adaptor: object) -> PrivateState:
    """Return the state through which an adaptor takes part in the session.

    An adaptor that another one has made, and whose hooks the other one calls, has no runner. Its waits and its
    applications are those of the other one.
    """
    own = private_state(adaptor)
    if own.runtime is not None or _serving is None:
        return own
    return _serving() or own


def private_state(adaptor: object) -> PrivateState:
    """Return the runtime's own state of ``adaptor``, created on first use.

    It bypasses anything that the author's class does with attributes: constructors that do not call ours, frozen
    classes, slots, ``__getattr__``, and ``__setattr__``.
    """
    attributes: dict[str, Any] = object.__getattribute__(adaptor, "__dict__")
    found = attributes.get(NAME)
    if found is None:
        found = attributes.setdefault(NAME, PrivateState())  # of two threads, one creates it
    assert isinstance(found, PrivateState)
    return found
