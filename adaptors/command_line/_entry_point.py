"""``EntryPoint``, which authors call in their ``__main__``, and ``main``, the ``adaptor-runtime`` command."""

from __future__ import annotations

import sys
import time
from functools import cached_property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, Callable, NoReturn

    from .._adaptor import BaseAdaptor
    from ..configuration import ConfigurationManager, RuntimeConfiguration


class EntryPoint:
    """The command line of one adaptor.

    Args:
        adaptor_class: The adaptor.

    >>> from adaptor_runtime import EntryPoint
    >>> EntryPoint(MyAdaptor).start()  # doctest: +SKIP
    """

    def __init__(self, adaptor_class: type[BaseAdaptor[Any]]) -> None:
        self.adaptor_class = adaptor_class
        self.on_bootstrap_complete: set[Callable[[], object]] = set()

    @cached_property
    def config_manager(self) -> ConfigurationManager[RuntimeConfiguration]:
        """What reads the files of the runtime's configuration."""
        from ..configuration import runtime_configuration_manager

        return runtime_configuration_manager()

    @cached_property
    def config(self) -> RuntimeConfiguration:
        """The runtime's configuration, read when it is first asked for.

        Raises:
            BadInputError: A file is malformed or does not fit its schema.
        """
        return self.config_manager.build_config()

    def start(self, reentry_exe: Path | None = None, timeout_in_seconds: float | None = None) -> NoReturn:
        """Run the command that ``sys.argv`` holds, and end the process with its exit code.

        Args:
            reentry_exe: The program that runs this same command line, for the daemon to be started with; None for
                this interpreter with the package or the script that is running.
            timeout_in_seconds: Accepted and not needed: a daemon says itself when it is ready or has failed.
        """
        name = getattr(self.adaptor_class, "__name__", "adaptor")
        _leave(_run(name, self.on_bootstrap_complete, self.adaptor_class, reentry_exe))


def main() -> NoReturn:
    """Run the ``adaptor-runtime`` command, which is told the adaptor with ``--adaptor package.module:Class``."""
    _leave(_run("adaptor-runtime", set()))


def _run(
    name: str,
    on_ready: set[Callable[[], object]],
    adaptor_class: type[BaseAdaptor[Any]] | None = None,
    reentry_exe: Path | None = None,
) -> int:
    began = time.time()
    arguments = sys.argv[1:-1] if sys.argv[-1:] == ["--"] else sys.argv[1:]
    try:
        from ._hot_path import answer

        code = answer(arguments, began, adaptor_is_known=adaptor_class is not None)
        if code is not None:
            return code
        from ._dispatch import dispatch
        from ._invocation import CommandLine
        from ._target import Target

        line = CommandLine(Target(adaptor_class, reentry_exe=reentry_exe), began, on_ready)
        return dispatch(arguments, line, name)
    except KeyboardInterrupt:
        return 130


def _leave(code: int) -> NoReturn:
    """End the process now: a thread that an adaptor left behind must not keep it, nor its license, alive."""
    import os

    for file in (sys.stdout, sys.stderr):
        try:
            file.flush()
        except (OSError, ValueError, AttributeError):
            continue
    os._exit(code)
