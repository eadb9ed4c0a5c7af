"""Make sessions of an adaptor under test."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._adaptor_session import AdaptorSession
from ._recorded_lines import RecordedLines
from ._session_options import SessionOptions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..adaptors import BaseAdaptor, Deadlines
    from ._session_options import Rules

TIMEOUT_SECONDS = 60.0


def session(
    adaptor: type[BaseAdaptor[Any]] | BaseAdaptor[Any] | str,
    *,
    init_data: Mapping[str, Any] | None = None,
    path_mapping_rules: Rules = None,
    configuration: Mapping[str, Any] | None = None,
    deadlines: Mapping[str, float | None] | Deadlines | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
    check: bool = True,
) -> AdaptorSession:
    """Make a session of an adaptor in this process; ``with`` starts it, and always stops it and cleans up.

    Everything is as under a scheduler: the checks of the data, the hooks on their thread, the applications as real
    processes. Afterwards nothing is left: no application, no thread or file of the runtime, no change of the
    environment. What the thread of the test prints meanwhile is no output of the session. A process has one such
    session at a time.

    Args:
        adaptor: The class, as ``package.module:Class`` or itself; or an instance, which has its data already.
        init_data: The session's data, which JSON can express; paths become texts.
        path_mapping_rules: The scheduler's rules, or the mapping that holds them.
        configuration: Overrides what the adaptor's configuration files set.
        deadlines: Seconds by the name of the phase; they take precedence over all others.
        environment: Environment variables to set meanwhile.
        timeout: The most seconds that ``on_start``, ``on_run``, and the end may take if no shorter deadline counts.
        check: Raise a SessionFailedError when a call fails; otherwise return how it ended.

    Raises:
        TypeError: An instance is given together with data, or the data cannot be expressed in JSON.
        ValueError: There is no deadline of a name.
        BadInputError: The class cannot be used.
    """
    from ._in_process import InProcess

    checked: type[BaseAdaptor[Any]] | BaseAdaptor[Any]
    if isinstance(adaptor, (str, type)):
        checked = _checked_class(adaptor)
    elif init_data is not None or path_mapping_rules is not None:
        raise TypeError("an instance has its data already: pass the class together with init_data and rules")
    else:
        checked = adaptor
    options = SessionOptions.given(
        init_data=init_data,
        path_mapping_rules=path_mapping_rules,
        configuration=configuration,
        deadlines=deadlines,
        environment=environment,
        timeout=timeout,
    )
    output = RecordedLines()
    driver = InProcess(checked, output, options)
    name = checked.__name__ if isinstance(checked, type) else type(checked).__name__
    return AdaptorSession(driver, output, name=name, timeout=timeout, check=check)


def daemon_session(
    adaptor: type[BaseAdaptor[Any]] | str,
    *,
    program: str | Sequence[str] | None = None,
    init_data: Mapping[str, Any] | None = None,
    path_mapping_rules: Rules = None,
    configuration: Mapping[str, Any] | None = None,
    deadlines: Mapping[str, float | None] | Deadlines | None = None,
    environment: Mapping[str, str] | None = None,
    timeout: float = TIMEOUT_SECONDS,
    check: bool = True,
) -> AdaptorSession:
    """Make a session of an adaptor in a real daemon, by the commands that a scheduler runs.

    It has the same methods as a ``session``, and leaves as little behind. The daemon imports the class by its name, so
    a class inside a function cannot be used. The daemon ends with the process of the test, however that ends.

    Args:
        adaptor: The class, as ``package.module:Class`` or itself.
        program: The adaptor's own program: a module for ``python -m``, or a command. None for
            ``python -m adaptor_runtime --adaptor package.module:Class``.
        init_data: The session's data, which JSON can express; paths become texts.
        path_mapping_rules: The scheduler's rules, or the mapping that holds them.
        configuration: Overrides what the adaptor's configuration files set.
        deadlines: Seconds by the name of the phase; they take precedence over all others.
        environment: Environment variables of the commands, in addition to those of this process.
        timeout: The most seconds that ``on_start``, ``on_run``, and the end may take if no shorter deadline counts.
        check: Raise a SessionFailedError when a call fails; otherwise return how it ended.

    Raises:
        TypeError: The data cannot be expressed in JSON.
        ValueError: There is no deadline of a name.
        BadInputError: The class cannot be used, or not imported by another process.
    """
    from ._daemon import Daemon

    checked = _checked_class(adaptor)
    options = SessionOptions.given(
        init_data=init_data,
        path_mapping_rules=path_mapping_rules,
        configuration=configuration,
        deadlines=deadlines,
        environment=environment,
        timeout=timeout,
    )
    output = RecordedLines()
    driver = Daemon(checked, output, options, program=program)
    return AdaptorSession(driver, output, name=checked.__name__, timeout=timeout, check=check)


def _checked_class(adaptor: Any) -> type[BaseAdaptor[Any]]:
    from ..adaptors._hosting.target import Target

    return Target(reference=adaptor).load() if isinstance(adaptor, str) else Target(adaptor).load()
