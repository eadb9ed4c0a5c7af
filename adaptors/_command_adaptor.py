"""The base class of adaptors that start one command per task."""

from __future__ import annotations

import threading
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Optional

import attrs

from ..ipc._own_process.plain_call import NotCalledError, call_plainly
from ._adaptor import BaseAdaptor, ConfigurationT
from ._session.private_state import private_state

if TYPE_CHECKING:
    from collections.abc import Collection

    from .processes import ManagedProcess


_making = threading.Lock()


class _Command:
    """The command in flight, and whether it must end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: ManagedProcess | None = None
        self._canceled = False

    def begin(self, process: ManagedProcess) -> None:
        """Take the command of a task; it never starts if a cancel came first."""
        with self._lock:
            self._process = process
            canceled = self._canceled
        if canceled:
            process.terminate(grace_time_s=0)

    def cancel(self) -> None:
        """End the command, now or as soon as there is one."""
        with self._lock:
            self._canceled = True
            process = self._process
        if process is not None:
            process.terminate()


def _command(adaptor: object) -> _Command:
    own = private_state(adaptor)
    if own.command is None:
        with _making:
            own.command = own.command or _Command()
    command: _Command = own.command
    return command


@attrs.define(eq=False, slots=False, repr=False)
class CommandAdaptor(BaseAdaptor[ConfigurationT]):
    """An adaptor that runs a command for each task.

    For each task: ``get_managed_process``, ``on_prerun``, the command, ``on_postrun``. The task fails if the command
    exits with a code that is not in ``success_exit_codes``, or if a signal ends it; then ``on_postrun`` is not called.
    A cancel ends the command and its whole process group without any code from the author.

    Attributes:
        success_exit_codes: The exit codes that count as success; None for those of the managed process, which is 0.
    """

    success_exit_codes: ClassVar[Optional[Collection[int]]] = None

    @abstractmethod
    def get_managed_process(self, run_data: Any) -> ManagedProcess:
        """Return the command to run for a task.

        Args:
            run_data: The task's data, as for ``on_run``.
        """

    def on_prerun(self) -> None:
        """Prepare the task; called after ``get_managed_process`` and before the command starts."""

    def on_postrun(self) -> None:
        """Finish the task; called after the command has succeeded."""

    def on_run(self, run_data: Any) -> None:
        """Run the task's command to its end.

        Args:
            run_data: The task's data: an instance of the class ``RunData`` if the adaptor has one, else a dictionary.

        Raises:
            ApplicationFailedError: The command failed; the message names its exit code or signal and its last line.
        """
        process = call_plainly("get_managed_process", self.get_managed_process, run_data)
        if not (hasattr(process, "run") and hasattr(process, "terminate")):
            raise NotCalledError(f"get_managed_process returned {process!r:.100}; it must return a ManagedProcess")
        _command(self).begin(process)
        call_plainly("on_prerun", self.on_prerun)
        if self.success_exit_codes is None:
            process.run()
        else:
            process.run(success_exit_codes=self.success_exit_codes)
        call_plainly("on_postrun", self.on_postrun)

    def on_cancel(self) -> None:
        """End the command in flight: TERM to its process group; the runtime follows with KILL before the deadline."""
        _command(self).cancel()
