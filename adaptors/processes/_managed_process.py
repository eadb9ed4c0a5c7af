"""Run one application to its end and judge the result, as a ``CommandAdaptor`` does for each task."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar, Optional

from . import _input_source
from ._errors import ApplicationFailedError
from ._logging_subprocess import LoggingSubprocess
from ._output_delivery import LEVELS
from ._start_check import checked_list, kind_of

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Callable

    Join = Callable[[Optional[logging.Handler], int], logging.Handler]

_JOIN = "_own_join"


class ManagedProcess(ABC):
    """Define which application to run; ``run`` runs it.

    Args:
        run_data: The data of the task.
        stdout_handler: Gets each line of the standard output, usually a ``RegexHandler``.
        stderr_handler: The same for the standard error output; may be the same handler.
        encoding: The encoding of the application's input and output.
        errors: The error handler for invalid bytes, as in ``codecs``.
        merge_output: Keep the lines of both streams in their order; all of them go to ``stdout_handler``.

    What the constructor is not given may be an attribute of the class.
    """

    #: Exit codes that count as success.
    success_exit_codes: ClassVar[Collection[int]] = (0,)

    #: What happens when the executable is a launcher, which exits with 0 and leaves the real program; see
    #: ``LoggingSubprocess``.
    follow_launcher: ClassVar[Optional[bool]] = None

    #: Whether the application is ended when an output callback raises.
    end_on_callback_error: ClassVar[bool] = True

    #: Whether its output goes through a pseudo terminal (POSIX), so that it is not kept in a buffer; see
    #: ``LoggingSubprocess``.
    terminal: ClassVar[bool] = False

    #: The signal that asks the application to end, before it is killed; see ``LoggingSubprocess``.
    stop_signal: ClassVar[str] = "SIGTERM"

    #: Seconds between that signal and SIGKILL, unless a cancel leaves less; None for as long as a cancel lasts, or 5 if
    #: an output rule or a callback ends it.
    stop_grace: ClassVar[Optional[float]] = None

    # The constructor of a subclass may not call this one.
    stdout_handler: logging.Handler | None = None
    stderr_handler: logging.Handler | None = None
    encoding: str = "utf-8"
    errors: str = "backslashreplace"
    merge_output: bool = False
    _process: LoggingSubprocess | None = None
    _terminated = False

    def __init__(
        self,
        run_data: Any,
        *,
        stdout_handler: logging.Handler | None = None,
        stderr_handler: logging.Handler | None = None,
        encoding: str | None = None,
        errors: str | None = None,
        merge_output: bool | None = None,
    ) -> None:
        self.run_data = run_data
        given = {
            "stdout_handler": stdout_handler,
            "stderr_handler": stderr_handler,
            "encoding": encoding,
            "errors": errors,
            "merge_output": merge_output,
        }
        for name, value in given.items():
            if value is not None:
                setattr(self, name, value)

    @abstractmethod
    def get_executable(self) -> str:
        """Return the name or path of the executable."""

    def get_arguments(self) -> Sequence[str]:
        """Return its arguments."""
        return []

    def get_startup_directory(self) -> str | os.PathLike[str] | None:
        """Return the directory to start it in; None for the current one."""
        return None

    def get_environment(self) -> Mapping[str, str] | None:
        """Return all its environment variables; None for those of this process."""
        return None

    def get_stdin(self) -> str | bytes | os.PathLike[str] | None:
        """Return what the application reads from its standard input: a text, bytes, or the path of a file (no ``str``).

        None for nothing: its standard input is then at its end at once.
        """
        return None

    def get_status_file(self) -> str | os.PathLike[str] | None:
        """Return the file in which the application writes what it does, to be read like its output; None for none.

        See ``status_file`` of ``LoggingSubprocess``.
        """
        return None

    @property
    def process(self) -> LoggingSubprocess | None:
        """The application that ``run`` last started."""
        return self._process

    def run(self, *, success_exit_codes: Collection[int] | None = None) -> None:
        """Run the application to its end.

        Args:
            success_exit_codes: The exit codes that count as success this time; None for those of the class.

        Raises:
            BaseException: The first error of an output callback, which has ended the application unless
                ``end_on_callback_error`` is false.
            ApplicationFailedError: A signal ended it, its exit code is not in ``success_exit_codes``, or it was not
                started because ``terminate`` was called before.
        """
        accepted = self.success_exit_codes if success_exit_codes is None else success_exit_codes
        if not isinstance(accepted, Collection):
            raise TypeError(f"success_exit_codes is {accepted!r}; write numbers in parentheses, such as (0, 3)")
        with _input_source.opened(self.get_stdin()) as source, self._start() as process:
            _write(process, source(lambda: process.has_exited))
            process.wait()
        error = process.callback_error
        if error is not None:
            raise error
        if process.returncode not in accepted:
            raise ApplicationFailedError(process.failure)

    def terminate(self, grace_time_s: float | None = None) -> None:
        """End the application, from any thread. If it has not started yet, it never will.

        Args:
            grace_time_s: Seconds between asking and killing; 0 kills at once. None for ``stop_grace``; see
                ``LoggingSubprocess``.
        """
        with self._lock():
            self._terminated = True
            process = self._process
        if process is not None:
            process.terminate(grace_time_s)

    def end_on_behalf(self, grace_time_s: float, asked_by: str) -> None:
        """End the application that is running, if one is, on behalf of a requester that the log names.

        Unlike after ``terminate``, it may be run again.

        Args:
            grace_time_s: Seconds between asking and killing.
            asked_by: The requester.
        """
        with self._lock():
            process = self._process
        if process is not None:
            process.end_on_behalf(grace_time_s, asked_by)

    def _start(self) -> LoggingSubprocess:
        args = [self._executable(), *checked_list(self.get_arguments(), "get_arguments returned")]
        directory, environment = self.get_startup_directory(), self.get_environment()
        status_file = self.get_status_file()
        stdout_handler, stderr_handler = self._handlers()
        with self._lock():  # so that a terminate finds either this process, or none, and then none will start
            if self._terminated:
                raise ApplicationFailedError(f"{args[0]} was not started: it had already been terminated")
            self._process = LoggingSubprocess(
                args=args,
                startup_directory=directory,
                stdout_handler=stdout_handler,
                stderr_handler=stderr_handler,
                encoding=self.encoding,
                errors=self.errors,
                merge_output=self.merge_output or self.terminal,
                environment=environment,
                follow_launcher=self.follow_launcher,
                end_on_callback_error=self.end_on_callback_error,
                stop_signal=self.stop_signal,
                stop_grace=self.stop_grace,
                terminal=self.terminal,
                status_file=status_file,
            )
            return self._process

    def _handlers(self) -> tuple[logging.Handler | None, logging.Handler | None]:
        """Return the handlers of the two streams, joined as ``join_handlers`` says."""
        join: Join | None = vars(self).get(_JOIN)
        out, err = self.stdout_handler, self.stderr_handler
        if join is None:
            return out, err
        if self.merge_output or self.terminal:
            return join(out, LEVELS["stdout"]), None if err is out else err
        return join(out, LEVELS["stdout"]), join(err, LEVELS["stderr"])

    def _lock(self) -> threading.Lock:
        lock: threading.Lock = vars(self).setdefault("_own_lock", threading.Lock())
        return lock

    def _executable(self) -> str | os.PathLike[str]:
        executable: Any = self.get_executable()
        if not isinstance(executable, (str, os.PathLike)):
            raise TypeError(f"get_executable returned {kind_of(executable)}; it must return a str or a path")
        if executable == "":
            raise ValueError("get_executable returned an empty text; it must return a name or a path")
        return executable


def join_handlers(process: ManagedProcess, join: Join) -> None:
    """Set what handles the output of the applications that ``process`` runs from now on.

    Args:
        process: Its constructor may not have called ours.
        join: Takes its handler of a stream, and the level of the stream, and returns the one to use.
    """
    vars(process)[_JOIN] = join


def _write(process: LoggingSubprocess, parts: Iterable[str | bytes]) -> None:
    try:
        for part in parts:
            process.write_input(part)
    except ApplicationFailedError:  # it need not read all of it; its exit code says whether it has failed
        pass
