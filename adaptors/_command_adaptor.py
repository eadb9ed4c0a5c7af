"""The base class of adaptors that start one command per task."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, ClassVar, Optional

import attrs

from ..ipc._own_process.plain_call import NotCalledError, call_plainly
from ._adaptor import BaseAdaptor, ConfigurationT
from ._session.private_state import private_state

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from typing import Union

    from .output import OutputRule
    from .output._regex_handler import RegexHandler
    from .processes import ManagedProcess

    Path = Union[str, os.PathLike[str]]


_making = threading.Lock()


class _Command:
    """The command in flight, and whether it must end."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: ManagedProcess | None = None
        self.canceled = threading.Event()

    def begin(self, process: ManagedProcess) -> None:
        """Take the command of a task; it never starts if a cancel came first."""
        with self._lock:
            self._process = process
            canceled = self.canceled.is_set()
        if canceled:
            process.terminate(grace_time_s=0)

    def cancel(self) -> None:
        """End the command, now or as soon as there is one."""
        with self._lock:
            self.canceled.set()
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

    Write ``launch``, which returns the command; or ``get_managed_process``, which returns a ``ManagedProcess``.

    For each task: ``launch``, ``on_prerun``, ``expected_outputs``, the command, ``on_postrun``. The task
    fails, for the first of these causes: a ``failure`` or ``fatal`` rule matches the command's output; a signal ends
    it; a callback raises; its exit code is not in ``success_exit_codes``, and no ``done`` rule has matched; an expected
    output is missing, empty, or old. A cancel ends the command and its whole process group without any code from the
    author.

    Attributes:
        success_exit_codes: The exit codes that count as success; None for those of the managed process, which is 0.
        rules: What the lines of the command's output mean: a list of rules, from ``adaptor_runtime.rules``.
        rules_file: A YAML or JSON file with more rules, in the folder of the adaptor's module. None for the file
            ``output_rules.yaml`` or ``output_rules.json`` there, if it exists.
        job_may_switch_rules_off: Leave out the rules whose names the init data lists as ``rules_off``. So it is, too,
            if the schema of the init data has this key.
        output_patience: How long to wait for an expected output that is missing, empty, or old after the command has
            ended, in seconds: a file server may show it late.
        stop_signal: The signal that asks the command to end, before it is killed; such as ``SIGINT`` for ffmpeg. This
            attribute and those below only count with ``launch``.
        stop_grace: Seconds between that signal and SIGKILL; None for as long as a cancel lasts.
        encoding: What the command reads and writes.
        merge_output: Keep the lines of both output streams in one order.
        terminal: Give it a pseudo terminal for its output, as one stream, which most programs do not keep in a buffer
            (POSIX).
        follow_launcher: What happens if the executable is a launcher; see ``LoggingSubprocess``.
        startup_directory: The directory to start the command in; None for the current one.
    """

    success_exit_codes: ClassVar[Optional[Collection[int]]] = None
    rules: ClassVar[Sequence[OutputRule]] = ()
    rules_file: ClassVar[Optional[str]] = None
    job_may_switch_rules_off: ClassVar[bool] = False
    output_patience: ClassVar[float] = 2.0
    stop_signal: ClassVar[str] = "SIGTERM"
    stop_grace: ClassVar[Optional[float]] = None
    encoding: ClassVar[str] = "utf-8"
    merge_output: ClassVar[bool] = False
    terminal: ClassVar[bool] = False
    follow_launcher: ClassVar[Optional[bool]] = None
    startup_directory: ClassVar[Optional[str]] = None

    def launch(self, run_data: Any) -> Sequence[Path]:
        """Return the command of a task: the executable and its arguments.

        Args:
            run_data: The task's data, as for ``on_run``.
        """
        raise NotImplementedError("write launch, which returns the command, or get_managed_process")

    def environment(self, run_data: Any) -> Mapping[str, str]:
        """Return environment variables for the command, in addition to those of this process.

        Args:
            run_data: The task's data.
        """
        return {}

    def stdin(self, run_data: Any) -> Union[str, bytes, os.PathLike[str], None]:
        """Return what the command reads from its standard input: a text, bytes, or the path of a file (no ``str``).

        Args:
            run_data: The task's data.
        """
        return None

    def output_handler(self, run_data: Any) -> RegexHandler | None:
        """Return what gets each line of the output, of both streams: a ``RegexHandler``, for what needs code.

        Args:
            run_data: The task's data.
        """
        return None

    def get_managed_process(self, run_data: Any) -> ManagedProcess:
        """Return the command to run for a task: by default, the one that ``launch`` returns.

        Args:
            run_data: The task's data, as for ``on_run``.
        """
        from ._launched_command import LaunchedCommand

        return LaunchedCommand(self, run_data)

    def expected_outputs(self, run_data: Any) -> Iterable[Path]:
        """Return the files that the command must write: after it, each exists, is not empty, and is new.

        Called before the command starts, so that what an earlier task has left can be told from what this one writes.

        Args:
            run_data: The task's data.
        """
        return ()

    def on_prerun(self) -> None:
        """Prepare the task; called after ``launch`` and before the command starts."""

    def on_postrun(self, *arguments: Any, **more: Any) -> None:
        """Finish the task. Write it without arguments, or with ``run_data`` and ``outcome``.

        Without arguments, it is called after the task has succeeded. With them, it is called whenever the command has
        ended: ``outcome.succeeded`` says how, and ``outcome.message`` why it has failed.
        """

    def on_run(self, run_data: Any) -> None:
        """Run the task's command to its end.

        Args:
            run_data: The task's data: an instance of the class ``RunData`` if the adaptor has one, else a dictionary.

        Raises:
            ApplicationFailedError: The task failed; the message names the rule and the line, the exit code or signal
                and the last line, or the expected output.
            TaskCanceledError: It was canceled.
        """
        from ._command_task import CommandTask

        process = call_plainly("get_managed_process", self.get_managed_process, run_data)
        if not (hasattr(process, "run") and hasattr(process, "terminate")):
            raise NotCalledError(f"get_managed_process returned {process!r:.100}; it must return a ManagedProcess")
        command = _command(self)
        command.begin(process)
        call_plainly("on_prerun", self.on_prerun)
        CommandTask(self, run_data, process, command.canceled).run()

    def on_cancel(self) -> None:
        """End the command in flight: TERM to its process group; the runtime follows with KILL before the deadline."""
        _command(self).cancel()
