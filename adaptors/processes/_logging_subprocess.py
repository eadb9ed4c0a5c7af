"""Run an application: deliver its output line by line, and end its whole process group with it."""

from __future__ import annotations

import codecs
import logging
import math
import os
import subprocess
import threading
import time
from collections import Counter, deque
from itertools import count
from typing import TYPE_CHECKING

from ...ipc._application.observed_error import observe
from ...ipc._own_process.inherited_state import CleanSignals
from ...ipc._own_process.runtime_thread import RuntimeThread
from ...ipc._processes import guardian
from ...ipc._processes.application_mark import marked_environment
from ...ipc._processes.process_tree import lead_group, popen_command, popen_environment, popen_options
from ...ipc._processes.process_tree import stop_signal as signal_to_ask
from ...ipc._stream import runtime_log
from ...ipc._stream.output_lines import OutputLines
from .._messages.redaction import redaction
from . import _registry
from ._application_exit import ApplicationExit
from ._application_group import ApplicationGroup
from ._application_input import ApplicationInput
from ._behalf import seconds_left, who_asks
from ._errors import ApplicationFailedError
from ._last_line import last_line
from ._output_delivery import LEVELS, OutputDelivery
from ._output_reader import OutputReader, open_output, text_variables
from ._python_traceback import raised_in
from ._start_check import check_directory, checked_args, checked_environment, checked_path, kind_of
from ._start_error import command_text, start_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Callable

    from ._registry import EmitOutput
    from ._status_file import StatusFile

_LAST_LINES = 20

#: Seconds between the moment an application closes its input and its end, for an error that names its end.
_END_SECONDS = 2.0

#: Seconds that the output may take to arrive after a group was killed; a callback may be busy with it.
_DELIVERY_SECONDS = 10.0

#: Seconds between SIGTERM and SIGKILL for an application that a line of its own ends: to give a license back.
LINE_GRACE_SECONDS = 5.0

#: The same for one that the adaptor terminates, unless a cancel leaves less.
_TERMINATE_SECONDS = 60.0

_CALLBACK = "a callback that raised"
_RUNTIME = "the runtime, which cannot read its output"

_numbers = count(1)


class LoggingSubprocess:
    r"""Start an application; ``wait`` for it or ``terminate`` it, from any thread.

    The application leads its own process group, which ends when the application ends, on ``terminate``, and when this
    process ends, however it ends. Leaving a ``with`` block waits for it, or terminates it after an exception.

    Args:
        args: The executable and its arguments.
        startup_directory: The directory to start it in; None for the current one.
        logger: Logs the command, and the output unless the runtime takes it.
        stdout_handler: Gets each line of the standard output, on the thread that reads it.
        stderr_handler: The same for the standard error output; may be the same handler.
        encoding: What the application reads and writes. UTF-16 and UTF-32 have one byte order mark, at the beginning.
        errors: The error handler for invalid bytes, as in ``codecs``. By default they appear as ``\xff``.
        merge_output: Make the application write both streams to one pipe, so that their lines keep their order. Then
            all of them are standard output, and go to ``stdout_handler``.
        emit_output: Takes the name of a stream and a block of whole lines in UTF-8; None for the runtime's destination.
        environment: All environment variables of the application; None for those of this process.
        follow_launcher: What happens when the first process exits with 0 and leaves others. True: they are the
            application, which ends with the last of them. False: end them. None: follow them as long as they hold the
            application's output; while the end of the application is awaited, by ``wait`` for example, end them once
            they have neither written nor used the processor for 10 seconds. The log names them in any case. The exit
            code is that of the first process.
        end_on_callback_error: Whether a handler that raises ends the application.
        stop_signal: The signal that asks the application to end, before it is killed; such as ``SIGINT`` for ffmpeg. On
            Windows, it is always CTRL_BREAK_EVENT. It is sent once, whoever else requests the end later.
        stop_grace: Seconds between that signal and SIGKILL, unless a cancel or the end of the session leaves less; None
            for what depends on who requests the end: 60 for ``terminate``, 5 for a handler that raises, and 2 at the
            end of the session.
        terminal: Give the application a pseudo terminal instead of pipes for its output (POSIX): programs that keep
            their output in a buffer then write it line by line. It implies ``merge_output``.
        status_file: A file in which the application writes what it does, such as its log. What is added to it from now
            on is standard output. It need not exist, may be truncated, or replaced by another one. A relative path is
            in ``startup_directory``.

    Raises:
        TypeError: ``args``, one of its items, the directory, the environment, or one of its values has a wrong type.
        ValueError: ``args`` or its first item is empty, a text has a null character, ``stderr_handler`` would get
            nothing, or there is no such signal.
        LookupError: The encoding or error handler is unknown.
        FileNotFoundError: The executable, or the directory, does not exist.
        OSError: It cannot be executed.
    """

    def __init__(
        self,
        *,
        args: Sequence[str | os.PathLike[str]],
        startup_directory: str | os.PathLike[str] | None = None,
        logger: logging.Logger | None = None,
        stdout_handler: logging.Handler | None = None,
        stderr_handler: logging.Handler | None = None,
        encoding: str = "utf-8",
        errors: str = "backslashreplace",
        merge_output: bool = False,
        emit_output: EmitOutput | None = None,
        environment: Mapping[str, str] | None = None,
        follow_launcher: bool | None = None,
        end_on_callback_error: bool = False,
        stop_signal: str = "SIGTERM",
        stop_grace: float | None = None,
        terminal: bool = False,
        status_file: str | os.PathLike[str] | None = None,
    ) -> None:
        self.args = checked_args(args)
        merge_output = merge_output or terminal
        ask = signal_to_ask(stop_signal)
        check_directory(startup_directory)
        status_path = None if status_file is None else checked_path(status_file, "the status file")
        given = popen_environment(dict(os.environ) if environment is None else checked_environment(environment))
        if merge_output and stderr_handler not in (None, stdout_handler):
            raise ValueError("with merge_output, all lines go to stdout_handler: omit stderr_handler")
        for handler in (stdout_handler, stderr_handler):
            if not isinstance(handler, (logging.Handler, type(None))):
                raise TypeError(f"{handler!r} is no handler of output; write RegexHandler([RegexCallback(...), ...])")
        self.stop_grace = stop_grace
        """How long it may take to end after it was asked, in seconds; None for what the requester gives it."""
        self._logger = logger
        self._emit_output = emit_output
        self._encoder = codecs.getincrementalencoder(encoding)("surrogateescape")  # a path may have any bytes
        self._writing = threading.Lock()
        self._callback_error: BaseException | None = None
        self._heard = 0
        self._hidden = Counter[str]()
        self._recent_blocks: deque[bytes] = deque(maxlen=_LAST_LINES)  # a block has at least one line
        self.missing: str = ""
        """What it must do and has not done yet: a part of the message if it ends before. Its user sets it."""
        self._exit = ApplicationExit()
        self._end_on_callback_error = end_on_callback_error
        self._finished, self._end_lock = threading.Event(), threading.Lock()
        self._delivery_due = math.inf
        self._has_warned = False
        handlers = {"stdout": stdout_handler} if merge_output else {"stdout": stdout_handler, "stderr": stderr_handler}
        deliveries = self._deliveries = [
            self._delivery(name, OutputLines(encoding, errors), handler) for name, handler in handlers.items()
        ]
        self._say("INFO", f"Running command: {command_text(tuple(map(redaction.hide, self.args)))}")
        mark = f"{guardian.mark()}.{next(_numbers)}"
        self._status_file: StatusFile | None = None
        if status_path is not None:
            delivery = self._delivery("stdout", OutputLines(encoding, errors), stdout_handler)
            self._status_file = self._follow(os.path.join(startup_directory or "", status_path), delivery)
        try:
            self._process = _start(
                self.args,
                startup_directory,
                {**text_variables(encoding), **given},
                mark,
                merge_output=merge_output,
                terminal=terminal,
            )
        except BaseException:
            self._leave_status_file()
            raise
        assert self._process.stdin is not None
        self._input = ApplicationInput(self._process.stdin)
        self._group = ApplicationGroup(
            self._process,
            mark=mark,
            follow=follow_launcher,
            told=lambda text: self._say("INFO", f"{self.args[0]}: {text}"),
            heard=lambda: self._heard,
            awaited=lambda: self._exit.is_awaited,
            ask=ask,
        )
        try:
            self._reader = OutputReader(
                self._process,
                self._group,
                deliveries,
                heard=_registry.heard,
                failed=self._reading_failed,
                ended=self._ended,
                status_file=self._status_file,
            )
            _registry.add(self)
            self._reader.start()
        except BaseException:  # no descriptor or thread is left: nobody would read its output
            self._abandon()
            raise

    @property
    def pid(self) -> int:
        """The process id of the application, which is also its process group id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """The exit code, or the negative signal number; None until the application and its output have ended."""
        return self._exit.returncode

    @property
    def is_running(self) -> bool:
        """Whether the application is running, or its output is incomplete."""
        return self._exit.returncode is None

    @property
    def has_exited(self) -> bool:
        """Whether its first process has exited, and no other one is the application; its output may be incomplete."""
        return not self.is_running or self._group.has_exited()

    def processes(self) -> list[int]:
        """List the living processes of the application, also those that a launcher left and those in other sessions."""
        return self._group.processes() if self.is_running else []

    @property
    def input_size(self) -> int:
        """The number of bytes that were written to its standard input."""
        return self._input.written

    def is_dying(self) -> bool:
        """Return whether a signal has ended it, or is about to, even if its last output is not delivered yet."""
        return self.is_running and self._group.is_dying()

    @property
    def exit_description(self) -> str:
        """How it ended, as the end of a sentence: "exited with 3", "was ended by SIGKILL (signal 9)", "is running"."""
        return self._exit.description

    @property
    def asked_by(self) -> str | None:
        """Who first requested its end: "the adaptor", a cancel's cause, "the end of the session"; None for nobody."""
        return self._exit.asked_by

    @property
    def peak_memory(self) -> int | None:
        """Most bytes in RAM that it or one of its children had; None before its end, or if the system does not tell."""
        return self._exit.peak_memory

    @property
    def was_dismissed(self) -> bool:
        """Whether the adaptor wanted its end: by ``terminate``, or by a ``wait`` during which it exited with 0."""
        return self._exit.was_dismissed

    @property
    def failure(self) -> str:
        """The executable, how it ended, and its last nonblank line: the content of a failure message."""
        how = f"{self.args[0]} {self.exit_description}{self._exit.hint}"
        raised = raised_in(self.last_lines) if self.missing else None  # a program may say goodbye after that
        if raised is not None:
            return redaction.hide(f"{how}; it raised {raised}")
        return redaction.hide("; ".join(filter(None, [how, last_line(self.last_lines), self.missing])))

    @property
    def last_lines(self) -> tuple[str, ...]:
        """The last 20 lines that were emitted, of both streams."""
        lines = b"".join(list(self._recent_blocks)).decode("utf-8", "backslashreplace").split("\n")[:-1]
        return tuple(lines[-_LAST_LINES:])

    @property
    def callback_error(self) -> BaseException | None:
        """The first error that a handler or the output itself raised. Reading it marks it as observed."""
        if self._callback_error is not None:
            observe(self._callback_error)
        return self._callback_error

    def write_line(self, line: str) -> None:
        r"""Write one line to the application's standard input. Blocks while the application does not read.

        Args:
            line: A command, say, without its ``\n``.

        Raises:
            TypeError: ``line`` is not a ``str``.
            ValueError: ``line`` has more than one line.
            ApplicationFailedError: The application no longer reads its input; the message says how it ended.
        """
        if not isinstance(line, str):
            raise TypeError(f"a line is a str, not {kind_of(line)}; write str(...) around it")
        if "\n" in line or "\r" in line:
            raise ValueError(f"one line at a time: {line!r}")
        for delivery in self._deliveries:
            delivery.answer()
        self._write(lambda: self._encoder.encode(f"{line}\n"))

    def write_input(self, data: str | bytes) -> None:
        """Write to the application's standard input. Blocks while the application does not read.

        Args:
            data: A text, in the encoding of the application, or bytes.

        Raises:
            ApplicationFailedError: The application no longer reads its input; the message says how it ended.
        """
        self._write(lambda: data if isinstance(data, bytes) else self._encoder.encode(data))

    def _write(self, encoded: Callable[[], bytes]) -> None:
        try:
            with self._writing:
                self._input.write(encoded())
        except OSError:
            # The pipe breaks a moment before the application ends; the error must say how it ended.
            if not self._reader.is_current_thread():
                self._finished.wait(_END_SECONDS)
            raise ApplicationFailedError(f"{self.args[0]} no longer reads input: it {self.exit_description}") from None

    def wait_ended(self, seconds: float) -> bool:
        """Wait until it has ended and its output is delivered, but leave its input open; return whether it has."""
        return self._finished.wait(seconds)

    def delivers_here(self) -> bool:
        """Return whether this thread delivers the output: a callback must not wait for more of it."""
        return self._reader.is_current_thread()

    def wait(self, timeout_s: float | None = None) -> int | None:
        """Close the application's standard input and wait until it has ended and all its output is delivered.

        Args:
            timeout_s: Seconds to wait; None for no limit.

        Returns:
            The return code; None after a timeout.

        Raises:
            RuntimeError: A callback called it, on the thread that delivers the output.
        """
        if self.delivers_here():
            raise RuntimeError("an output callback cannot wait for its own application: the output would never arrive")
        self._exit.is_waited_for += 1
        try:
            self._input.close()
            self._finished.wait(timeout_s)
        finally:
            self._exit.is_waited_for -= 1
        self._exit.acknowledge()
        return self.returncode

    def dismiss(self) -> None:
        """Record that the adaptor wants it to end by itself: then its end is no loss, also if it fails."""
        self._exit.dismiss()

    def terminate(self, grace_time_s: float | None = None) -> None:
        """End the application and its process group: ask, then kill. Returns when they are gone.

        Any thread may call it, repeatedly. Called by a callback, it returns at once. A later call with less grace
        shortens an earlier one, and sends no second signal. The time is bounded: a process outside the group that holds
        the pipe does not matter. In ``on_cancel``, the cancel may leave less than the grace; the log says so.

        Args:
            grace_time_s: Seconds between asking and killing; 0 kills at once. None for ``stop_grace``, or else 60 or
                what a cancel leaves.
        """
        wanted = self.stop_grace if grace_time_s is None else grace_time_s
        grace = min(_TERMINATE_SECONDS if wanted is None else wanted, seconds_left())
        if wanted is not None and grace < wanted and self.is_running:
            self._say(
                "INFO", f"application {self.pid} has {grace:.3g} s to end, not {wanted:g}: the cancel leaves no more"
            )
        self.end_on_behalf(grace, who_asks())

    def end_on_behalf(self, grace_time_s: float, asked_by: str, patience: float = _DELIVERY_SECONDS) -> None:
        """Do the same as ``terminate``, on behalf of a requester that the log names.

        Args:
            grace_time_s: Seconds between asking and killing.
            asked_by: The requester.
            patience: How long callbacks may still process the last output, in seconds. Several calls wait together.
        """
        self._exit.ask(asked_by)
        if self._reader.is_current_thread():
            self._begin_end(grace_time_s, asked_by)
            return
        if not self._group.end(grace_time_s, asked_by):
            self._warn_once(f"Application {self.pid} is still running")
        elif not self._finished.wait(self._delivery_left(patience)):
            self._warn_once(f"Application {self.pid} has ended, but a callback is still processing its output")

    def _delivery_left(self, patience: float) -> float:
        """Return how long to wait for the callbacks: a second request does not wait as long as the first again."""
        now = time.monotonic()
        with self._end_lock:
            self._delivery_due = min(self._delivery_due, now + patience)
            return max(0.0, self._delivery_due - now)

    def _warn_once(self, text: str) -> None:
        with self._end_lock:
            has_warned, self._has_warned = self._has_warned, True
        if not has_warned:
            self._say("WARNING", text)

    def flush_output(self, timeout_s: float = 5.0) -> bool:
        """Emit everything that the application wrote before this call, including an unfinished line.

        Args:
            timeout_s: Time limit in seconds.

        Returns:
            Whether that finished in time; also False in a callback, which would wait for itself.
        """
        return not self._reader.is_current_thread() and self._reader.flush(timeout_s)

    def __enter__(self) -> LoggingSubprocess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is not None:
            self.terminate()
        self.wait()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.args[0]} {self.pid} {self.exit_description}>"

    @property
    def _log_name(self) -> str:
        return __name__ if self._logger is None else self._logger.name

    def _say(self, level: str, text: str) -> None:
        """Log a text of the runtime's own; a logger that the author has given gets it."""
        if self._logger is None:
            runtime_log.log(level, text, __name__)
            return
        try:
            self._logger.log(getattr(logging, level), "%s", text)
        except Exception:  # noqa: BLE001, S110  an author's handler must not keep an application from its end
            pass

    def _delivery(self, name: str, lines: OutputLines, handler: logging.Handler | None) -> OutputDelivery:
        return OutputDelivery(
            name,
            lines=lines,
            handler=handler,
            logger_name=self._log_name,
            emit=self._emit,
            failed=self._callback_failed,
            hidden=self._line_hidden,
        )

    def _follow(self, path: str, delivery: OutputDelivery) -> StatusFile:
        from ._status_file import StatusFile  # few applications have one

        return StatusFile(path, delivery, heard=_registry.heard, told=lambda text: self._say("WARNING", text))

    def _emit(self, name: str, block: bytes) -> None:
        self._heard += 1
        self._group.spoke()
        self._recent_blocks.append(block)
        emit = self._emit_output or _registry.output()
        if emit is not None:
            emit(name, block)
            return
        for line in block.decode().split("\n")[:-1]:
            (self._logger or logging.getLogger(__name__)).log(LEVELS[name], "%s", line)

    def _line_hidden(self, rule: str) -> None:
        self._heard += 1
        self._group.spoke()
        self._hidden[rule] += 1

    def _say_hidden(self) -> None:
        if self._hidden:
            counts = ", ".join(f"{rule}: {count}" for rule, count in self._hidden.items())
            self._say("INFO", f"{self.args[0]}: lines that rules have hidden: {counts}")

    def _callback_failed(self, error: BaseException) -> None:
        if self._callback_error is None:
            self._callback_error = error
        # Report each error: the application may serve many tasks, and the error of one is not that of the next.
        _registry.callback_failed(self, error)
        if self._end_on_callback_error:
            self._end_on_callback_error = False
            self._exit.ask(_CALLBACK)
            self._begin_end(LINE_GRACE_SECONDS if self.stop_grace is None else self.stop_grace, _CALLBACK)

    def _begin_end(self, grace_time_s: float, asked_by: str) -> None:
        arguments, name = (grace_time_s, asked_by), f"terminate-{self.pid}"
        RuntimeThread(target=self._group.end, args=arguments, name=name).start()

    def _ended(self, returncode: int) -> None:
        self._input.close()
        self._say_hidden()
        group = self._group
        self._exit.settle(returncode, group.peak_memory, group.shortage, group.left_by_launcher)
        try:
            _registry.ended(self)
        finally:
            self._finished.set()

    def _reading_failed(self, error: BaseException) -> None:
        self._callback_failed(error)
        self._end_unread()

    def _end_unread(self) -> None:
        self._exit.ask(_RUNTIME)
        self._group.end(0, _RUNTIME)

    def _abandon(self) -> None:
        self._end_unread()
        self._exit.settle(self._group.reap(), self._group.peak_memory, self._group.shortage)
        self._input.close()
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        self._leave_status_file()
        _registry.ended(self)

    def _leave_status_file(self) -> None:
        if self._status_file is not None:
            self._status_file.close()


def _start(
    args: tuple[str, ...],
    directory: str | os.PathLike[str] | None,
    environment: dict[str, str],
    mark: str,
    *,
    merge_output: bool,
    terminal: bool,
) -> subprocess.Popen[bytes]:
    guardian.prepare()  # first: it ends processes with the mark, however early this process is killed
    pipes = [_open_terminal() if terminal else open_output()] if merge_output else [open_output(), open_output()]
    is_started = False
    try:
        with CleanSignals():
            process = subprocess.Popen(
                popen_command(args, environment),
                stdin=subprocess.PIPE,
                stdout=pipes[0][1],
                stderr=subprocess.STDOUT if merge_output else pipes[1][1],
                bufsize=0,
                cwd=directory,
                env=marked_environment(environment, mark),
                **popen_options(),
            )
        lead_group(process, mark)
        is_started = True
        for stream, (read_end, _) in zip(("stdout", "stderr"), pipes):
            if read_end is not None:  # otherwise subprocess has made it
                file = open(read_end, "rb", buffering=0)  # noqa: SIM115  it belongs to the process now
                setattr(process, stream, file)
        return process
    except OSError as error:
        raise start_error(error, args, directory, environment) from None
    except ValueError as error:  # a name of a variable
        raise ValueError(f"{args[0]} cannot be started: {error}") from None
    finally:
        for read_end, write_end in pipes:
            if read_end is not None:
                _close(write_end, *(() if is_started else (read_end,)))


def _close(*descriptors: int) -> None:
    for descriptor in descriptors:
        os.close(descriptor)


def _open_terminal() -> tuple[int | None, int]:
    from ._terminal import open_terminal  # few applications need one

    return open_terminal()
