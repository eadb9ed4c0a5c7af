"""How the application is ended: asked to, given up, or for a cancel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ipc._application.observed_error import observe
from ...statemachine import ApplicationState, ApplicationTrigger
from .._outcome import TaskCanceledError, describe_error
from .requests import CLOSE, FLUSH_SECONDS

if TYPE_CHECKING:
    from ..processes import LoggingSubprocess
    from .current_process import CurrentProcess
    from .requests import Requests
    from .surroundings import Surroundings

CLOSE_SECONDS = 30.0
"""How long an application may take to end by itself when it is closed; a quarter of the deadline counts if shorter."""

CANCEL_SECONDS = 2.0
"""How long a handler may take to end by itself after a cancel; a sixth of the deadline counts if shorter."""


class Ending:
    """End the process of an application.

    Args:
        current: The process.
        requests: What it is asked.
        surroundings: Its link.
    """

    def __init__(self, current: CurrentProcess, requests: Requests, surroundings: Surroundings) -> None:
        self._current = current
        self._requests = requests
        self._surroundings = surroundings
        self._has_found_none = False

    def close(self, cause: str | None) -> None:
        """Ask it to end, and see to it that it does."""
        self._requests.settle_pending(FLUSH_SECONDS)
        is_asked = self._current.state is ApplicationState.READY
        self._current.life.move_if_allowed(ApplicationTrigger.CLOSE, cause=cause)
        process = self._current.process
        if process is None or not process.is_running:
            return
        process.dismiss()
        if not (is_asked and self._ends_itself(process)):
            process.terminate(self._current.grace)

    def _ends_itself(self, process: LoggingSubprocess) -> bool:
        """Ask the client to end, and close the input; return whether it has ended."""
        link = self._surroundings.link
        if self._surroundings.lacks_client:
            return False
        closing = None if link is None else link.send(CLOSE, {})
        has_ended = process.wait(min(CLOSE_SECONDS, self._current.deadlines.stop / 4)) is not None
        if closing is not None:
            closing.cancel()  # otherwise the next application would get it
            error = closing.failure()
            if error is not None:
                observe(error)
        return has_ended

    def make_way(self) -> None:
        """End a process that a fatal rule is ending, before another one is started: there is one at a time."""
        process = self._current.process
        if process is not None and process.is_running:
            process.terminate(self._current.grace)

    def give_up(self, error: BaseException) -> None:
        """End an application that could not be loaded: the next task finds none, and starts one."""
        life, process = self._current.life, self._current.process
        if process is None:
            life.move_if_allowed(ApplicationTrigger.LOSE, cause=describe_error(error))
        elif not isinstance(error, TaskCanceledError) or self._has_found_none:
            # Else a cancel, and what follows it, ends it with its own words.
            life.move_if_allowed(ApplicationTrigger.CLOSE, cause=describe_error(error))
            process.dismiss()
            process.terminate(self._current.grace)

    def cancel(self) -> None:
        """Make a busy application end: a canceled session has no further task. Called on another thread.

        A handler that looks at ``canceled()`` may end by itself.
        """
        self._has_found_none = self._current.process is None  # one that is being launched: give_up ends it
        process, pending = self._current.process, self._requests.pending
        if process is None:
            return
        patience = min(CANCEL_SECONDS, self._current.deadlines.cancel / 6)
        if pending is not None and pending.wait_until_given_back(patience):
            return
        if self._current.state in (ApplicationState.BUSY, ApplicationState.LOADING):
            self._current.life.move_if_allowed(ApplicationTrigger.CLOSE, cause="a cancel")
            process.terminate()

    def clean_up(self) -> None:
        """End it, if it still runs, and remove what it was given."""
        process = self._current.process
        if process is not None and process.is_running:
            self._current.life.move_if_allowed(ApplicationTrigger.CLOSE)
            process.terminate(self._current.grace)
        self._current.leave()
        self._surroundings.remove()
