"""The base classes that authors subclass."""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Generic, Optional, Union, cast, overload

import attrs

from ..ipc._own_process.plain_call import call_plainly
from ._deadlines import Deadlines
from ._session.private_state import private_state, session_state

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping
    from concurrent.futures import Future

    from typing_extensions import TypeVar  # type checkers know it; nobody has to install it

    from ..ipc._application.awaited_future import AwaitedFuture
    from ..statemachine import AdaptorState
    from ._paths.mapping import PathMappingRule
    from ._version import SemanticVersion
    from .configuration import AdaptorConfiguration, AdaptorConfigurationOptions, ConfigurationManager
    from .processes import LoggingSubprocess

    ConfigurationT = TypeVar("ConfigurationT", default=AdaptorConfiguration)
    """An adaptor that names no configuration class, ``class FarmAdaptor(Adaptor)``, has this one."""
else:
    from typing import TypeVar

    ConfigurationT = TypeVar("ConfigurationT")

ValueT = TypeVar("ValueT")


class _Readable(Generic[ValueT]):
    """A property that yields to an attribute of the same name that an author may define."""

    def __init__(self, read: Callable[[Any], ValueT]) -> None:
        self._read = read
        self.__doc__ = read.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> _Readable[ValueT]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> ValueT: ...

    def __get__(self, instance: object, owner: type) -> Union[_Readable[ValueT], ValueT]:
        return self if instance is None else self._read(instance)


def data_class(adaptor_class: type, name: str) -> type | None:
    """Return the attrs class that an adaptor's data becomes an instance of; None if it stays a dictionary.

    Args:
        adaptor_class: The adaptor.
        name: ``InitData`` or ``RunData``.
    """
    found = getattr(adaptor_class, name, None)
    return found if isinstance(found, type) and attrs.has(found) else None


@attrs.define(eq=False, slots=False, repr=False)
class BaseAdaptor(ABC, Generic[ConfigurationT]):
    """The base of every adaptor: data, status messages, and the hooks of the lifecycle.

    The runtime calls the hooks, in this order, all on one thread: ``on_start`` once, ``on_run`` once per task,
    ``on_stop`` once if and only if ``on_start`` returned, ``on_cleanup`` exactly once. ``on_cancel`` is called at most
    once, on a separate thread, while ``on_start`` or ``on_run`` is in flight. A hook that raises has failed; none is
    called twice.

    Attributes:
        data_version: The version of the interface that init data and run data follow. It is required. Adaptors written
            for openjd-adaptor-runtime declare ``integration_data_interface_version`` instead.
        init_data: The session's init data: an instance of the class ``InitData`` if the adaptor has one, else a
            dictionary. ``RunData`` is the same for the argument of ``on_run``.
        path_mapping_data: The path mapping rules as the scheduler gave them.
        config_opts: Where to find the adaptor's configuration; None for ``default_config_opts``.
        deadlines: The time limit of each phase, unless the configuration overrides it.
        default_config_opts: Where to find the adaptor's configuration; None for the usual places. The runtime reads the
            configuration before an instance exists, so only the class attribute counts.
        cleanup_after_loss: Call ``on_cleanup`` in a new process, on a newly constructed adaptor, if the daemon died
            before calling it. The command that finds the daemon dead does so (``daemon stop`` or the next ``daemon
            start``). For resources that outlive processes, such as a license checked out from a server.
        init_data_schema: A JSON Schema that init data must fit before any hook is called; None for the file
            ``schemas/init_data.schema.json`` next to the adaptor's module, if it exists.
        run_data_schema: The same for run data and ``schemas/run_data.schema.json``.
    """

    data_version: ClassVar[SemanticVersion]
    deadlines: ClassVar[Deadlines] = Deadlines()
    default_config_opts: ClassVar[Optional[AdaptorConfigurationOptions[Any]]] = None
    cleanup_after_loss: ClassVar[bool] = False
    init_data_schema: ClassVar[Optional[Mapping[str, Any]]] = None
    run_data_schema: ClassVar[Optional[Mapping[str, Any]]] = None

    # Also hidden in the repr that attrs makes for a subclass: data may contain secrets.
    # `Any`, so that an author may write `init_data: InitData`.
    init_data: Any = attrs.field(factory=dict, repr=False)
    path_mapping_data: Optional[dict[str, Any]] = attrs.field(default=None, kw_only=True, repr=False)
    config_opts: Any = attrs.field(default=None, kw_only=True, repr=False)

    def __init_subclass__(cls, **options: Any) -> None:
        """Also provide the data version that a class declares under its other name."""
        super().__init_subclass__(**options)
        for base in cls.__mro__:  # the nearest class that declares it, a mixin perhaps
            names = vars(base)
            if "integration_data_interface_version" in names and base is not BaseAdaptor:
                return
            if "data_version" in names:
                cls.integration_data_interface_version = names["data_version"]  # type: ignore[method-assign]
                return

    def __attrs_post_init__(self) -> None:
        """Make init data an instance of ``InitData``, if the adaptor has this class.

        A method that overrides this one calls it first.

        Raises:
            BadInputError: The data does not fit.
        """
        if data_class(type(self), "InitData") is not None:
            from ._typed_data.adoption import adopt_init_data

            adopt_init_data(self)

    def __repr__(self) -> str:
        """Show the class and the state; never the data, which may contain secrets."""
        return f"<{type(self).__name__} {private_state(self).state}>"

    if TYPE_CHECKING:
        # A class that declares `data_version` is complete, which no type checker can see.
        @property
        def integration_data_interface_version(self) -> SemanticVersion: ...

    else:

        @property
        @abstractmethod
        def integration_data_interface_version(self) -> SemanticVersion:
            """``data_version``, under the name that adaptors for openjd-adaptor-runtime use."""

    # The hooks.

    def on_start(self) -> None:
        """Load the application. Called once, first; raising fails the session, and cleanup follows."""

    def on_run(self, run_data: Any) -> None:
        """Run one task. Raising fails the task; the next one may still run.

        Args:
            run_data: The task's data: an instance of the class ``RunData`` if the adaptor has one, else a dictionary.
        """

    def on_stop(self) -> None:
        """Close the application. Called once if and only if ``on_start`` returned."""

    def on_cleanup(self) -> None:
        """Release everything that is left. Called exactly once, after everything else, however the session ends."""

    def on_cancel(self) -> None:
        """Make ``on_start`` or ``on_run``, which is running on another thread, return or raise soon.

        Afterwards, the runtime ends the remaining applications before the deadline of the cancel.
        """

    def cancel(self) -> None:
        """Call ``on_cancel``. The runtime calls the hook itself; use this only to test an adaptor by hand."""
        self.on_cancel()

    # What hooks may use.

    @cached_property
    def config_manager(self) -> ConfigurationManager[Any]:
        """The reader of the adaptor's configuration files."""
        from .configuration import adaptor_configuration_manager

        return adaptor_configuration_manager(type(self), self.config_opts or self.default_config_opts)

    @cached_property
    def config(self) -> ConfigurationT:
        """The adaptor's configuration, read on first use.

        Raises:
            BadInputError: A file is malformed or does not fit its schema.
        """
        return cast("ConfigurationT", self.config_manager.build_config())

    @_Readable
    def state(self) -> AdaptorState:
        """The state of the lifecycle; idle before a runner has the adaptor."""
        return private_state(self).state

    @classmethod
    def update_status(cls, *, progress: float | None = None, status_message: str | None = None) -> None:
        """Report the progress and the status of the task to the scheduler.

        OpenJD 2023-09, "How Jobs Are Run", Stdout/Stderr Messages: ``openjd_progress`` and ``openjd_status``.

        Args:
            progress: Percent, clamped to 0 to 100. Anything but a finite number is dropped with a warning.
            status_message: A text, or any value with a ``str()``; line breaks become blanks. An empty one is dropped.
        """
        from ._messages.status import update_status

        update_status(progress, status_message)

    def set_environment_variable(self, name: str, value: str, *, redact: bool = False) -> None:
        """Set an environment variable through the scheduler, for the rest of the job environment.

        Schedulers accept it only from ``on_start`` under ``daemon start``.

        Args:
            name: Letters, digits, and underscores; it cannot start with a digit.
            value: Any text.
            redact: Mask the value in logs (RFC 0003, extension ``REDACTED_ENV_VARS``).

        Raises:
            TypeError: The value is not a ``str``.
            ValueError: The name is not allowed, or the value is too long for one message to a scheduler.
        """
        from ._messages.status import environment

        environment("redact" if redact else "set", name, value)

    def unset_environment_variable(self, name: str) -> None:
        """Unset an environment variable through the scheduler, for the rest of the job environment.

        Args:
            name: Letters, digits, and underscores; it cannot start with a digit.

        Raises:
            ValueError: The name is not allowed.
        """
        from ._messages.status import environment

        environment("unset", name, "")

    @classmethod
    def set_session_log_level(cls, level: str) -> None:
        """Set the log level of the scheduler's session, if the scheduler supports it.

        Args:
            level: ``DEBUG``, ``INFO``, ``WARNING``, or ``ERROR``.

        Raises:
            ValueError: The level is unknown.
        """
        from ._messages.status import session_log_level

        session_log_level(level)

    def map_path(self, path: str | os.PathLike[str]) -> str:
        """Return where a path of the submitting machine is on this one; unchanged if no rule matches.

        OpenJD 2023-09, "How Jobs Are Run", Path Mapping. The rule with the longest source wins, regardless of the
        order.

        Args:
            path: A path in the job: POSIX, Windows, or URI.

        Raises:
            ValueError: The rules in ``path_mapping_data`` are malformed. The command line has already checked them.
        """
        own = private_state(self)
        mapping = own.mapping
        if mapping is None or len(own.rules or ()) != mapping.size:
            from ._paths.mapping import PathMapping

            mapping = PathMapping(self._path_mapping_rules)
            own.mapping = mapping
        return mapping.map(path if isinstance(path, str) else path.__fspath__())

    @property
    def path_mapping_rules(self) -> list[PathMappingRule]:
        """The path mapping rules in the order the scheduler gave them; a copy."""
        return list(self._path_mapping_rules)

    @property
    def _path_mapping_rules(self) -> list[PathMappingRule]:
        # Published adaptors change this list, so callers get the list itself, and the index is rebuilt.
        own = private_state(self)
        if own.rules is None:
            from ._paths.mapping import read_rules

            own.rules = read_rules(getattr(self, "path_mapping_data", None))
        own.mapping = None
        return own.rules

    @_path_mapping_rules.setter
    def _path_mapping_rules(self, rules: list[PathMappingRule]) -> None:
        own = private_state(self)
        own.rules, own.mapping = rules, None

    def expect(self, *, of: LoggingSubprocess | None = None) -> Future[Any]:
        """Return a future to wait on for something from an application.

        A callback fulfills it with ``set_result``. The runtime makes it raise when the session is canceled, the
        application exits, or a callback fails, so a hook that waits with ``result()`` never waits for something that
        can no longer happen. The hook decides about a callback's error raised here: it may catch the error and try
        again.

        Args:
            of: The application that must deliver it, declared or not. None for any; then the wait ends with the last
                application.
        """
        own = session_state(self)
        own.begin_waiting()
        return own.expectations.expect(of)

    def declare_application(self, process: LoggingSubprocess) -> None:
        """Declare that the session depends on ``process``: its exit before stop fails the session at once.

        An exit that the adaptor requested does not: through ``terminate``, or a ``wait`` during which it succeeded.

        Args:
            process: A started process. One that has already exited fails the session, too.

        Raises:
            TypeError: It is not a LoggingSubprocess.
        """
        if not hasattr(process, "was_dismissed"):
            raise TypeError(f"{process!r:.100} is not a LoggingSubprocess, whose end the runtime would see")
        own = session_state(self)
        own.begin_waiting()
        own.declared.append(process)
        if not process.is_running and own.runtime is not None:
            own.runtime.declared_late(process)

    def __call_on_run(self, run_data: Any) -> None:
        """Call ``on_run`` for a task. Called by the runner of this adaptor; a subclass does more around it."""
        call_plainly("on_run", self.on_run, run_data)

    def __take_up_action(self, future: AwaitedFuture) -> None:
        """End an action's future like one from ``expect``. Called by the server of this adaptor."""
        own = session_state(self)
        own.begin_waiting()
        own.expectations.take_up(future)


@attrs.define(eq=False, slots=False, repr=False)
class Adaptor(BaseAdaptor[ConfigurationT]):
    """An adaptor that keeps its application loaded from ``on_start`` to ``on_stop`` and runs many tasks in it.

    >>> from adaptor_runtime import Adaptor, SemanticVersion
    >>> class Greeter(Adaptor):
    ...     data_version = SemanticVersion(1, 0)
    ...
    ...     def on_run(self, run_data):
    ...         self.update_status(status_message=f"greeting {run_data['name']}")
    >>> Greeter({})
    <Greeter idle>
    """

    @abstractmethod
    def on_run(self, run_data: Any) -> None:
        """Run one task. Raising fails the task; the next one may still run.

        Args:
            run_data: The task's data: an instance of the class ``RunData`` if the adaptor has one, else a dictionary.
        """
