"""The application of an ``ApplicationAdaptor``, as its author sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from typing import Any

    from ...statemachine import ApplicationState
    from ..processes import LoggingSubprocess
    from .kept_application import KeptApplication


class Application:
    """The application of an adaptor. An ``ApplicationAdaptor`` has one as ``self.application``.

    Its hooks run on one thread, which alone may call ``call`` and ``ask``.
    """

    def __init__(self, kept: KeptApplication) -> None:
        self._kept = kept

    def __repr__(self) -> str:
        return f"<Application {self._kept.name} {self.state}>"

    @property
    def state(self) -> ApplicationState:
        """What it may be asked now; see the table in docs/lifecycle.md."""
        return self._kept.state

    @property
    def process(self) -> LoggingSubprocess | None:
        """The process that was started last."""
        return self._kept.process

    def call(self, action: str, /, **data: Any) -> Any:
        """Have the application call the handler that its client serves under this name, and return the result.

        Output that the handler printed is shown before. What it reports as progress counts for the current part of the
        task. After a cancel, ``canceled()`` is true in the handler.

        Args:
            action: The name of the handler.
            data: Its keyword arguments: JSON, or a value with a text of its own, such as a path.

        Raises:
            IllegalCallError: The application is not ready; the message says what it may be asked instead.
            ActionFailedError: The handler raised. The message has its error and place; its traceback is in the log.
            ApplicationFailedError: A ``failure`` or ``fatal`` rule has matched.
            ApplicationLostError: The application has ended.
            TaskCanceledError: The session was canceled.
            TypeError, ValueError: JSON cannot express the data, or the action is no name, or ``close``.
        """
        return self._kept.requests.call(action, data)

    def ask(self, line: str, pattern: str | re.Pattern[str], *, timeout: float | None = None) -> re.Match[str]:
        r"""Write a line to the application's input, and return the first match of ``pattern`` in its output after that.

        Args:
            line: A command, without its line end.
            pattern: What the application prints when it has done it; a regular expression that is tried on each line,
                also on an unfinished one, such as a prompt, after a short silence.
            timeout: Seconds; None for no limit but the deadline of the hook.

        Raises:
            IllegalCallError: The application is not ready.
            ApplicationFailedError: A rule has matched, or the application no longer reads.
            ApplicationLostError: The application has ended.
            TaskCanceledError: The session was canceled.
            TypeError, ValueError: It is not one line, or the encoding of the application cannot express it.
            TimeoutError: No match in time (``concurrent.futures.TimeoutError``).
        """
        return self._kept.requests.ask(line, pattern, timeout)

    def progress(self, percent: float, status: str | None = None) -> None:
        """Report how far the current part of the task is, in percent."""
        self._kept.progress.report(percent, status)
