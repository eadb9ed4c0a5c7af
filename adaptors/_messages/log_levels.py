"""The log levels of a session."""

from __future__ import annotations

import logging

import attrs

RUNTIME_LOGGER = "adaptor_runtime"

_NUMBERS = {"DEBUG": 10, "INFO": 20, "WARNING": 30, "ERROR": 40, "CRITICAL": 50}


@attrs.frozen
class LogLevels:
    """The two levels of a session, by name: ``"DEBUG"``, ``"INFO"``, ``"WARNING"``, ``"ERROR"``, or ``"CRITICAL"``.

    Attributes:
        runtime: For the runtime's own records. At CRITICAL, application output is also hidden.
        adaptor: For everything else. Records below INFO are shown only for the adaptor's own package, so that DEBUG
            does not show those of every library.
        package: The adaptor's package, whose loggers follow ``adaptor``.
    """

    runtime: str = "INFO"
    adaptor: str = "INFO"
    package: str = ""

    @property
    def hides_output(self) -> bool:
        """Whether the output of applications is hidden."""
        return number_of(self.runtime) >= logging.CRITICAL

    def by_logger(self) -> dict[str, int]:
        """Return the levels of the loggers of ``logging``; the root logger's name is empty."""
        adaptor = number_of(self.adaptor)
        levels = {"": max(adaptor, logging.INFO), RUNTIME_LOGGER: number_of(self.runtime)}
        if self.package:
            levels[self.package] = adaptor
        levels["transitions"] = logging.WARNING  # it logs each step of each trigger at INFO
        return levels


def number_of(level: str) -> int:
    """Return the number of a level. The five standard names are fixed, even if an author renames them.

    >>> number_of("WARNING")
    30
    """
    name = level.upper()
    number = _NUMBERS.get(name) or logging.getLevelName(name)
    return number if isinstance(number, int) else logging.INFO


def package_of(owner: type) -> str:
    """Return the package of an adaptor's loggers: the top-level one of the module that defines it."""
    top = owner.__module__.split(".", maxsplit=1)[0]
    return owner.__module__.rpartition(".")[0] if top == RUNTIME_LOGGER else top
