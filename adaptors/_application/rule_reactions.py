"""What follows if a rule matches a line of the application."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...ipc._application.observed_error import is_observed, note_logged, observe
from ...statemachine import ApplicationState, ApplicationTrigger
from .._rule_effects import RuleEffects
from .._session.private_state import session_state
from ..output._output_rule import RuleKind
from ..processes._errors import ApplicationFailedError
from .restart import OnLoss

if TYPE_CHECKING:
    from typing import Callable

    from ..output import RuleSet
    from ..output._output_rule import RuleMatch
    from ..output._regex_handler import RegexHandler
    from .current_process import CurrentProcess
    from .hooks import ApplicationHooks
    from .task_progress import TaskProgress


class RuleReactions:
    """React to the matches of an application's rules, which are found on other threads.

    Args:
        adaptor: The adaptor.
        current: The process that prints the lines.
        rules: What its lines mean.
        progress: Takes what a rule says of the progress.
        says_ready: Called if a rule says that it can be asked, with the cause.

    Attributes:
        handler: Gets each line of the output.
        ready_rules: The names of the rules that say that it can be asked.
        error: The error that the first match of a failure rule has raised, and that has ended the waits of the hook.
        has_prompt: Its ready rule matches again after each answer.
        is_settling: It may still print what belongs to a task that has ended.
    """

    def __init__(
        self,
        adaptor: ApplicationHooks,
        current: CurrentProcess,
        rules: RuleSet,
        progress: TaskProgress,
        says_ready: Callable[[str], object],
    ) -> None:
        self._adaptor = adaptor
        self._current = current
        self._says_ready = says_ready
        reactions = {RuleKind.FAILURE: self._fail, RuleKind.FATAL: self._fail_and_end, RuleKind.READY: self._ready}
        self._effects = RuleEffects(reactions, progress.report)
        self.handler: RegexHandler = rules.handler(self._effects)
        self.ready_rules = [rule.name for rule in rules.rules if rule.kind is RuleKind.READY]
        self.error: ApplicationFailedError | None = None
        self.has_prompt = False
        self.is_settling = False

    @property
    def failure(self) -> RuleMatch | None:
        """The first match of a failure or fatal rule in this task."""
        return self._effects.failure

    def forget(self) -> None:
        """Forget all matches: another application is launched."""
        self.begin_task()
        self.is_settling = self.has_prompt = False

    def begin_task(self) -> None:
        """Forget the failures of the task before."""
        self._effects.reset()
        self.error = None

    def raise_unseen(self) -> None:
        """Raise a failure that no wait has raised yet."""
        if self.error is not None and not is_observed(self.error):
            observe(self.error)
            raise self.error

    def _ready(self, match: RuleMatch) -> None:
        self.has_prompt = self.has_prompt or self._current.state is not ApplicationState.LOADING
        self._says_ready(f"rule {match.rule.name}")

    def _fail(self, match: RuleMatch) -> None:
        if self.is_settling:
            return  # of the task before, which has ended
        error = ApplicationFailedError(match.reason)
        note_logged(error)  # by the line itself
        if match is self.failure:
            self.error = error
        raise error

    def _fail_and_end(self, match: RuleMatch) -> None:
        if self._current.state is ApplicationState.CLOSED:
            return  # it ends anyway
        self.is_settling = False
        self._current.life.move_if_allowed(ApplicationTrigger.LOSE, cause=match.reason)  # at once: it gets no task
        process = self._current.process
        runtime = session_state(self._adaptor).runtime
        if self._adaptor.on_loss == OnLoss.FAIL_SESSION and runtime is not None:
            runtime.application_lost(match.reason)  # first: the end that follows is not the cause
        if process is not None:
            process.end_on_behalf(self._adaptor.stop_grace, f"the rule {match.rule.name}")
        self._fail(match)
