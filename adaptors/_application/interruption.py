"""What has ended the session, or the hook that runs, while that looked elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ipc._application.observed_error import observe
from ...statemachine import ApplicationState
from .._outcome import ApplicationLostError
from .._session.private_state import session_state
from ..output._output_rule import RuleKind
from .restart import OnLoss

if TYPE_CHECKING:
    from .current_process import CurrentProcess
    from .hooks import ApplicationHooks
    from .rule_reactions import RuleReactions


class Interruption:
    """Raise what a hook would have raised if it had waited.

    Args:
        adaptor: The adaptor.
        current: The process of its application.
        reactions: What its lines have said.
    """

    def __init__(self, adaptor: ApplicationHooks, current: CurrentProcess, reactions: RuleReactions) -> None:
        self._adaptor = adaptor
        self._current = current
        self._reactions = reactions

    def raise_for_hook(self) -> None:
        """Raise what has ended the hook, such as a cancel, or a rule that has matched."""
        self.raise_for_session()
        if self._reactions.error is not None and self._reactions.failure is not None:
            raise self._reactions.error

    def raise_for_session(self) -> None:
        """Raise what has ended the session."""
        error = session_state(self._adaptor).expectations.failure
        if error is not None:
            observe(error)
            raise error
        process, match = self._current.process, self._reactions.failure
        is_failing = self._current.state is ApplicationState.LOST and self._adaptor.on_loss == OnLoss.FAIL_SESSION
        if is_failing and process is not None:
            by_rule = match is not None and match.rule.kind is RuleKind.FATAL
            raise ApplicationLostError(match.reason if match and by_rule else f"the application {process.failure}")
