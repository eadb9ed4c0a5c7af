"""The command of a ``CommandAdaptor`` that says with ``launch`` how it is started."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, ClassVar, Optional, Protocol

from ..ipc._own_process.plain_call import call_plainly
from .processes._managed_process import ManagedProcess
from .processes._start_check import checked_list, checked_variables, kind_of

if TYPE_CHECKING:
    import logging
    from collections.abc import Mapping, Sequence


class LaunchHooks(Protocol):
    """What a command needs of its adaptor; ``CommandAdaptor`` documents each member."""

    stop_signal: ClassVar[str]
    stop_grace: ClassVar[Optional[float]]
    encoding: ClassVar[str]
    merge_output: ClassVar[bool]
    terminal: ClassVar[bool]
    follow_launcher: ClassVar[Optional[bool]]
    startup_directory: ClassVar[Optional[str]]

    def launch(self, run_data: Any) -> Sequence[Any]:
        """Return the executable and its arguments."""

    def environment(self, run_data: Any) -> Mapping[str, str]:
        """Return environment variables for the command."""

    def stdin(self, run_data: Any) -> Any:
        """Return what the command reads."""

    def output_handler(self, run_data: Any) -> Any:
        """Return what gets each line of the output."""


class LaunchedCommand(ManagedProcess):
    """Run the command of one task.

    Args:
        adaptor: Says how it is started.
        run_data: The task's data.

    Raises:
        TypeError: The adaptor gives something else than a list, or than variables.
        ValueError: The list is empty.
        BaseException: What a method of the adaptor has raised.
    """

    def __init__(self, adaptor: LaunchHooks, run_data: Any) -> None:
        handler: logging.Handler | None = call_plainly("output_handler", adaptor.output_handler, run_data)
        super().__init__(
            run_data,
            stdout_handler=handler,
            stderr_handler=handler,
            encoding=adaptor.encoding,
            merge_output=adaptor.merge_output,
        )
        # What other commands are by their class, this one is by the class of its adaptor.
        vars(self).update(
            stop_signal=adaptor.stop_signal,
            stop_grace=adaptor.stop_grace,
            follow_launcher=adaptor.follow_launcher,
            terminal=adaptor.terminal,
        )
        self._adaptor = adaptor
        self._args = checked_list(call_plainly("launch", adaptor.launch, run_data), "launch returned")
        if not self._args:
            raise ValueError("launch returned an empty list; write the executable and its arguments")
        if not isinstance(self._args[0], (str, os.PathLike)):
            raise TypeError(f"launch returned {kind_of(self._args[0])} as the executable; it must be a str or a path")
        self._variables = checked_variables(call_plainly("environment", adaptor.environment, run_data))

    def get_executable(self) -> str:
        executable: str = self._args[0]
        return executable

    def get_arguments(self) -> Sequence[str]:
        return self._args[1:]

    def get_startup_directory(self) -> str | os.PathLike[str] | None:
        return self._adaptor.startup_directory

    def get_environment(self) -> Mapping[str, str] | None:
        return {**os.environ, **self._variables} if self._variables else None

    def get_stdin(self) -> str | bytes | os.PathLike[str] | None:
        given: str | bytes | os.PathLike[str] | None = call_plainly("stdin", self._adaptor.stdin, self.run_data)
        return given
