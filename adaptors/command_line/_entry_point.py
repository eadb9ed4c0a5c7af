"""``EntryPoint``, which authors call in their ``__main__``, and ``main``, the ``adaptor-runtime`` command."""

from __future__ import annotations

import os
import sys
import time
from functools import cached_property

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any, Callable, NoReturn

    from .._adaptor import BaseAdaptor
    from ..configuration import ConfigurationManager, RuntimeConfiguration


_STARTERS = {"subprocess", "multiprocessing", "concurrent.futures.process"}
"""Without one of these modules, there are no children to end."""

_HOLDING_BACK = "_cleanup"
"""The hidden command that is started with signals held back: it must not die before it can heed them."""

_exit = os._exit  # a session that failed to begin has left its guard in the place of this function

_GUARDIAN = f"{__name__.rpartition('.adaptors.')[0]}.ipc._processes.guardian"


class EntryPoint:
    """The command line of one adaptor.

    Args:
        adaptor_class: The adaptor, or its name, ``"package.module:Class"``. Its module is then imported by the commands
            that need it; ``daemon run``, which a farm runs once per task, does not.

    >>> from adaptor_runtime import EntryPoint
    >>> EntryPoint("my_adaptor.adaptor:MyAdaptor").start()  # doctest: +SKIP
    """

    def __init__(self, adaptor_class: type[BaseAdaptor[Any]] | str) -> None:
        self.adaptor_class = adaptor_class
        self.on_bootstrap_complete: set[Callable[[], object]] = set()

    @cached_property
    def config_manager(self) -> ConfigurationManager[RuntimeConfiguration]:
        """The reader of the runtime's configuration files."""
        from ..configuration import runtime_configuration_manager

        return runtime_configuration_manager()

    @cached_property
    def config(self) -> RuntimeConfiguration:
        """The runtime's configuration, read on first use.

        Raises:
            BadInputError: A file is malformed or does not fit its schema.
        """
        return self.config_manager.build_config()

    def start(self, reentry_exe: Path | None = None, timeout_in_seconds: float | None = None) -> None:
        """Run the command that ``sys.argv`` holds, and end the process with its exit code.

        If another program calls it, such as a test, or a script next to a package with a ``__main__``, it returns when
        the command has succeeded; then a daemon starts with ``python -m package``.

        Args:
            reentry_exe: The program that runs this command line, to start the daemon with; None for this interpreter
                with the running package or script.
            timeout_in_seconds: Accepted but not needed: a daemon reports when it is ready or has failed.

        Raises:
            SystemExit: Another program called it and the command failed; it has the exit code of the command.
        """
        from .._hosting.adaptor_name import class_name, module_of
        from .._hosting.program import is_called_by_another

        caller = sys._getframe(1)  # noqa: SLF001  no other way exists
        returns = is_called_by_another(module_of(self.adaptor_class), caller)
        name = class_name(self.adaptor_class)
        code = _run(name, self.on_bootstrap_complete, self.adaptor_class, reentry_exe, returns=returns)
        if not returns:
            _leave(code)
        if code != 0:
            raise SystemExit(code)


def main() -> NoReturn:
    """Run the ``adaptor-runtime`` command, which takes ``--adaptor package.module:Class``."""
    _leave(_run("adaptor-runtime", set()))


def _run(
    name: str,
    on_ready: set[Callable[[], object]],
    adaptor: type[BaseAdaptor[Any]] | str | None = None,
    reentry_exe: Path | None = None,
    *,
    returns: bool = False,
) -> int:
    from ...ipc._own_process.inherited_state import default_signals, open_standard_streams

    began = time.time()
    open_standard_streams()
    default_signals(unblock=sys.argv[-1:] != [_HOLDING_BACK])
    arguments = sys.argv[1:-1] if sys.argv[-1:] == ["--"] else sys.argv[1:]
    try:
        from .._hosting.adaptor_name import AdaptorName
        from ._task_commands import answer

        code = answer(arguments, began, None if adaptor is None else AdaptorName(adaptor))
        if code is not None:
            return code
        from .._hosting.target import Target
        from ._hidden import serve_if_asked

        target = Target() if adaptor is None else Target.of_program(adaptor, reentry_exe, is_guest=returns)
        code = serve_if_asked(arguments, target, on_ready)
        if code is not None:
            return code
        from ._dispatch import dispatch
        from ._invocation import CommandLine

        return dispatch(arguments, CommandLine(target, began, on_ready), name)
    except KeyboardInterrupt:
        return 130


def _leave(code: int) -> NoReturn:
    """End the process now: a thread that an adaptor left behind must not keep it, nor its license, alive."""
    try:
        _let_go()
    except Exception:  # noqa: BLE001, S110  the package was replaced meanwhile, for example: the exit code is known
        pass
    _exit(code)


def _let_go() -> None:
    """Do what ``os._exit`` leaves out."""
    if not _STARTERS.isdisjoint(sys.modules):
        from ...ipc._own_process.own_children import end_own_children

        end_own_children()
    guardian = sys.modules.get(_GUARDIAN)
    if guardian is not None:
        guardian.close()
    from ...ipc._own_process.final_flush import flush_standard_streams

    flush_standard_streams()
