"""What the runtime keeps about one adaptor, out of its author's way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Protocol

import attrs

from .expectations import Expectations

if TYPE_CHECKING:
    from ...statemachine import AdaptorState
    from .._paths.mapping import PathMapping, PathMappingRule
    from ..processes import LoggingSubprocess

NAME = "_BaseAdaptor__private"
"""The one attribute of ours on an adaptor beside the documented ones: what ``self.__private`` is in ``BaseAdaptor``."""


class Runtime(Protocol):
    """What an adaptor knows of the runner that has it."""

    @property
    def state(self) -> AdaptorState:
        """The state of the lifecycle."""

    def declared_late(self, process: LoggingSubprocess) -> None:
        """Take note that an application was declared that has exited already."""


@attrs.define(eq=False)
class PrivateState:
    """What the runtime keeps about one adaptor.

    Attributes:
        runtime: The runner that has the adaptor; None before it has one.
        expectations: What its hooks wait for.
        declared: The applications that its session depends on.
        rules: The path mapping rules; None before they are asked for.
        mapping: Their index; None where it is to be made anew.
        command: What a ``CommandAdaptor`` knows of its command in flight.
    """

    runtime: Optional[Runtime] = None
    expectations: Expectations = attrs.field(factory=Expectations)
    declared: list[LoggingSubprocess] = attrs.field(factory=list)
    rules: Optional[list[PathMappingRule]] = None
    mapping: Optional[PathMapping] = None
    command: Any = None

    @property
    def state(self) -> AdaptorState:
        """The state of the lifecycle; idle before a runner has the adaptor."""
        from ...statemachine import AdaptorState

        return AdaptorState.IDLE if self.runtime is None else self.runtime.state

    def is_declared(self, process: object) -> bool:
        """Tell whether the session depends on ``process``."""
        return any(process is declared for declared in self.declared)

    def __reduce__(self) -> tuple[type[PrivateState], tuple[()]]:
        """A copy of an adaptor is one that no runner has."""
        return PrivateState, ()


def private_state(adaptor: object) -> PrivateState:
    """Return what the runtime keeps about ``adaptor``, made when it is first asked for.

    It goes past whatever the author's class does with attributes: constructors that do not call ours, frozen classes,
    slots, ``__getattr__`` and ``__setattr__``.
    """
    attributes: dict[str, Any] = object.__getattribute__(adaptor, "__dict__")
    found = attributes.get(NAME)
    if found is None:
        found = attributes.setdefault(NAME, PrivateState())  # of two threads, one makes it
    assert isinstance(found, PrivateState)
    return found
