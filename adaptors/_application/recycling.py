"""Whether an application can take the next task, or has to be replaced by another one first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from ...statemachine import ApplicationState
from . import current_process

if TYPE_CHECKING:
    from ..processes import LoggingSubprocess
    from .current_process import CurrentProcess
    from .hooks import ApplicationHooks
    from .requests import Requests
    from .rule_reactions import RuleReactions
    from .surroundings import Surroundings

BUSY_SECONDS = 10.0
"""How long the next task waits for an application that is still busy with a failed one, before it restarts it.

A quarter of the deadline ``start`` counts if shorter."""

PROMPT_SECONDS = 0.5
"""How long the next task waits for the prompt of an application that has never shown one."""


class Recycling:
    """Decide when a process of the application is replaced.

    Args:
        adaptor: The adaptor.
        current: The process.
        requests: What it is asked.
        reactions: What its lines have said.
        surroundings: Its link.
    """

    def __init__(
        self,
        adaptor: ApplicationHooks,
        current: CurrentProcess,
        requests: Requests,
        reactions: RuleReactions,
        surroundings: Surroundings,
    ) -> None:
        self._adaptor = adaptor
        self._current = current
        self._requests = requests
        self._reactions = reactions
        self._surroundings = surroundings
        self._tasks = 0
        self._launched = 0.0

    def begin_process(self) -> None:
        """Record that another process was launched."""
        self._launched, self._tasks = time.monotonic(), 0

    def begin_task(self) -> None:
        """Record that it gets a task."""
        self._tasks += 1

    def notice_loss(self) -> None:
        """Wait for the end of a process that is dying, or whose client has left: its state follows in a moment."""
        process = self._current.process
        if process is None:
            return
        if self._surroundings.lacks_client:
            process.wait_ended(current_process.END_SECONDS)
        self._current.notice_end()

    def reason(self) -> str | None:
        """Return why a process that is ready, or busy with a failed task, must be replaced; None if it can go on."""
        if self._current.state is ApplicationState.BUSY and not self._answers_now():
            return "it is still busy with a task that failed"
        process = self._current.started()
        if self._surroundings.lacks_client:
            return f"its client has left: {self._surroundings.why_client_left}"
        seconds = time.monotonic() - self._launched
        return self._adaptor.restart.reason(tasks=self._tasks, seconds=seconds, memory=lambda: _memory_of(process))

    def _answers_now(self) -> bool:
        """Wait until it has answered what a failed task asked."""
        requests, has_call = self._requests, self._requests.pending is not None
        if not has_call and requests.has_refused and not self._reactions.has_prompt:
            requests.is_idle.wait(PROMPT_SECONDS)
            if not self._reactions.has_prompt and self._current.started().is_running:
                requests.forget_questions()
                requests.becomes_idle("it has answered with a failure")
        elif not has_call:
            requests.is_idle.wait(self._busy_seconds())
        else:
            requests.settle_pending(self._busy_seconds())
        self.notice_loss()
        return self._current.state is ApplicationState.READY

    def _busy_seconds(self) -> float:
        start = self._current.deadlines.start
        return BUSY_SECONDS if start is None else min(BUSY_SECONDS, start / 4)  # the rest is for another one to load


def _memory_of(process: LoggingSubprocess) -> int:
    from ...ipc._processes import usage

    return usage.total(usage.of(process.processes(), is_shown=False)).resident_bytes
