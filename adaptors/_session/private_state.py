"""The runtime's own state of one adaptor, out of its author's way."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Optional, Protocol

import attrs

from .expectations import Expectations

if TYPE_CHECKING:
    from ...ipc._files.guarded_directory import GuardedDirectory
    from ...statemachine import AdaptorState, ApplicationLife, Record
    from .._deadlines import Deadlines
    from .._outcome import Cause
    from .._paths.mapping import PathMapping, PathMappingRule
    from ..processes import LoggingSubprocess
    from .by_hand import ByHand

NAME = "_BaseAdaptor__private"
"""The only undocumented attribute on an adaptor: ``self.__private`` in ``BaseAdaptor``."""

_making = threading.Lock()


class Runtime(Protocol):
    """The runner of an adaptor, as the adaptor sees it."""

    @property
    def state(self) -> AdaptorState:
        """The state of the lifecycle."""

    @property
    def deadlines(self) -> Deadlines:
        """The deadlines in force."""

    @property
    def cause(self) -> Cause | None:
        """Why the session was canceled or lost an application, if so."""

    def application_lost(self, text: str) -> None:
        """Fail the session, which depends on an application that cannot serve it any more."""

    def load_began(self) -> None:
        """Count the deadline of a start: a task loads an application."""

    def load_ended(self) -> None:
        """Count the deadline of the task again."""

    def declared_late(self, process: LoggingSubprocess) -> None:
        """Record that an application was declared after it had exited."""

    def application_moved(self, record: Record) -> None:
        """Take a record of the life of an application, on any thread."""


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
        application: The application of an ``ApplicationAdaptor``.
        by_hand: What tells its waits about its applications as long as no runner does.
        lives: The lives of its applications, by name.
        awaited: What the hook in flight waits for, as a part of a sentence when it is converted to a text; None for
            nothing that is known.
        directory: The private directory of its session, a ``GuardedDirectory``; None before it is used.
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
    lives: dict[str, ApplicationLife] = attrs.field(factory=dict)
    application: Any = None
    by_hand: Optional[ByHand] = None
    awaited: Optional[object] = None
    directory: Optional[GuardedDirectory] = None

    def temporary_directory(self) -> str:
        """Return the path of the private directory of the session, created on first use. Any thread may call it.

        Raises:
            OSError: No temporary directory is writable.
        """
        with _making:
            if self.directory is None:
                from ...ipc._files.guarded_directory import GuardedDirectory  # few sessions need one

                self.directory = GuardedDirectory()
            return self.directory.path

    def remove_directory(self) -> None:
        """Remove that directory, if there is one."""
        directory, self.directory = self.directory, None
        if directory is not None:
            directory.remove()

    def begin_waiting(self) -> None:
        """Make the waits of hooks that are called by hand end like those of a session."""
        if self.runtime is None and self.by_hand is None:
            from .by_hand import ByHand

            self.by_hand = ByHand(self.expectations)

    def take(self, runtime: Runtime) -> None:
        """Let a runner have the adaptor."""
        self.runtime = runtime
        if self.by_hand is not None:
            self.by_hand.end()

    @property
    def state(self) -> AdaptorState:
        """The state of the lifecycle; idle before a runner has the adaptor."""
        from ...statemachine import AdaptorState

        return AdaptorState.IDLE if self.runtime is None else self.runtime.state

    def application_life(self, name: str) -> ApplicationLife:
        """Return the life of the application ``name``, created on first use.

        Its records are in the log and the journal of the session, and in the answer to ``daemon status``. Records made
        before a runner has the adaptor are only in its history.
        """
        life = self.lives.get(name)
        if life is None:
            from ...statemachine import ApplicationLife

            life = self.lives.setdefault(name, ApplicationLife(name, on_record=self._application_moved))
        return life

    def _application_moved(self, record: Record) -> None:
        if self.runtime is not None:
            self.runtime.application_moved(record)

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


def serving_state() -> PrivateState | None:
    """Return the state of the adaptor that the session of this process serves; None without a session."""
    return None if _serving is None else _serving()


def session_state(adaptor: object) -> PrivateState:
    """Return the state through which an adaptor takes part in the session.

    An adaptor that another one has made, and whose hooks the other one calls, has no runner. Its waits and its
    applications are those of the other one.
    """
    own = private_state(adaptor)
    return own if own.runtime is not None else serving_state() or own


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
