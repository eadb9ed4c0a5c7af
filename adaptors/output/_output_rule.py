"""An output rule as data: which lines it is about, and what follows from such a line."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from enum import Enum
from typing import Any, Optional, Union

import attrs

from ..data._nearest import MISSPELT, nearest

GRACE_SECONDS = 10.0
"""How long a command may take to end after the line that says that its work is done."""

LONGEST_REASON = 500
"""Characters of a line that the message of a failure repeats."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LINE = "line"
_MESSAGE = "message"
_OF_PROGRESS = "write (?P<done>…) and (?P<of>…), or (?P<percent>…)"


class RuleKind(str, Enum):
    """What follows from a line that a rule matches."""

    IGNORE = "ignore"
    PROGRESS = "progress"
    STATUS = "status"
    WARNING = "warning"
    FAILURE = "failure"
    FATAL = "fatal"
    DONE = "done"
    READY = "ready"

    def __str__(self) -> str:
        return self.value

    @property
    def with_article(self) -> str:
        """The kind as a sentence needs it: "an ignore", "a done"."""
        return f"{'an' if self.value[0] in 'aeiou' else 'a'} {self.value}"


_CAUSES = frozenset({RuleKind.FAILURE, RuleKind.FATAL})
_WITH_MESSAGE = frozenset(
    {RuleKind.PROGRESS, RuleKind.STATUS, RuleKind.WARNING, RuleKind.FAILURE, RuleKind.FATAL},
)


_GROUPS = dict.fromkeys(_WITH_MESSAGE, (_MESSAGE,)) | {RuleKind.PROGRESS: ("done", "of", "percent")}
"""The names of groups that have a meaning."""


def _read_kind(value: object) -> RuleKind:
    try:
        return RuleKind(value)
    except ValueError:
        raise ValueError(f"{value!r} is no kind of rule; the kinds are {', '.join(RuleKind)}") from None


def _compiled(pattern: object) -> re.Pattern[str]:
    if isinstance(pattern, str):
        try:
            pattern = re.compile(pattern)
        except re.error as error:
            raise ValueError(f"the pattern {pattern!r} is no regular expression: {error}") from None
    if not isinstance(pattern, re.Pattern) or not isinstance(pattern.pattern, str):
        raise TypeError(f"{pattern!r} is no pattern for text; write a regular expression as a text")
    if not pattern.pattern:
        raise ValueError("the pattern is empty, so it would match every line")
    return pattern


def _codes(codes: Union[int, Iterable[int], None]) -> Optional[frozenset[int]]:
    if codes is None:
        return None
    given = [codes] if isinstance(codes, int) else list(codes) if isinstance(codes, Iterable) else [codes]
    if not all(isinstance(code, int) and not isinstance(code, bool) for code in given):
        raise TypeError(f"exit_codes is {codes!r}; write numbers, such as (0, 211), or None for any")
    return frozenset(given)


@attrs.frozen
class OutputRule:
    """One rule for the lines of an application's output.

    Attributes:
        kind: What follows from a line that matches.
        pattern: Tried with ``search`` on each line, without escape sequences.
        name: Identifies the rule in messages, and where a job switches it off; letters, digits, ``-``, ``_``, and
            ``.``. If empty, a ``RuleSet`` makes one of the kind and a number, such as ``progress-1``.
        message: What to report, with groups of the pattern as ``{group}`` and the whole line as ``{line}``. If empty:
            the group ``message``, for a status the first group, or the line. A progress rule then reports no status.
        exit_codes: Of a ``done`` rule: the exit codes that are a success after its line; None for any, and any signal.
        grace: Of a ``done`` rule: how long the command may take to end after its line, in seconds. Then it is ended,
            as a success.
        show: Whether the log shows the line. One that a ``failure`` or ``fatal`` rule matches is shown in any case.

    Raises:
        TypeError: The pattern, a text, or an exit code has a wrong type.
        ValueError: The pattern is no regular expression, or lacks the groups that the kind or the message needs; or the
            name or the grace period is not allowed.
    """

    kind: RuleKind = attrs.field(converter=_read_kind)
    pattern: re.Pattern[str] = attrs.field(converter=_compiled)
    name: str = ""
    message: str = attrs.field(default="", kw_only=True)
    exit_codes: Optional[frozenset[int]] = attrs.field(default=None, converter=_codes, kw_only=True)
    grace: float = attrs.field(default=GRACE_SECONDS, kw_only=True)
    show: bool = attrs.field(default=True, kw_only=True)

    def __attrs_post_init__(self) -> None:
        for what in ("name", "message"):
            if not isinstance(getattr(self, what), str):
                raise TypeError(f"the {what} of this {self.kind} rule is {getattr(self, what)!r}; write a text")
        if self.name and not _NAME.fullmatch(self.name):
            raise ValueError(f"{self.name!r} is no name of a rule; use letters, digits, '-', '_', and '.'")
        self._check_message()
        self._check_groups()
        self._check_end()
        if not isinstance(self.show, bool):
            raise TypeError(f"show is {self.show!r}; write True or False")
        if self.is_cause and not self.show:
            raise ValueError(f"the line of a {self.kind} rule is the cause of a failure, so it is shown; omit show")
        groups = self.pattern.groupindex
        if self.kind is RuleKind.PROGRESS and not ({"done", "of"} <= groups.keys() or self._has_percent()):
            raise ValueError(f"the pattern {self.pattern.pattern!r} of a progress rule has no number; {_OF_PROGRESS}")

    @property
    def is_cause(self) -> bool:
        """Whether a line that it matches is the cause of a failure."""
        return self.kind in _CAUSES

    def _has_percent(self) -> bool:
        groups = self.pattern.groupindex
        return "percent" in groups or (self.pattern.groups > 0 and not {"done", "of"} & groups.keys())

    def _check_message(self) -> None:
        if self.message and self.kind not in _WITH_MESSAGE:
            raise ValueError(f"{self.kind.with_article} rule reports nothing, so it takes no message")
        known = {_LINE, *self.pattern.groupindex, *map(str, range(self.pattern.groups + 1))}
        for name in _PLACEHOLDER.findall(self.message):
            if name not in known:
                groups = ", ".join(sorted(known - {"0"}))
                raise ValueError(
                    f"the message {self.message!r} names the group {name!r}, which the pattern "
                    f"{self.pattern.pattern!r} does not have; it may name: {groups}"
                )

    def _check_groups(self) -> None:
        """Reject the name of a group that is almost that of one with a meaning. Others may be for people."""
        groups = self.pattern.groupindex.keys()
        known = _GROUPS.get(self.kind, ()) if self.kind in _WITH_MESSAGE else ()
        for name in groups - {*known, *_PLACEHOLDER.findall(self.message)}:
            meant = nearest(name, known, MISSPELT)
            if meant is not None and meant not in groups:
                raise ValueError(
                    f"the pattern {self.pattern.pattern!r} has a group {name!r}, which {self.kind.with_article} rule "
                    f"does not know: did you mean {meant!r}?"
                )

    def _check_end(self) -> None:
        if self.kind is not RuleKind.DONE and (self.exit_codes is not None or self.grace != GRACE_SECONDS):
            raise ValueError(f"exit_codes and grace belong to a done rule, not to {self.kind.with_article} rule")
        is_number = isinstance(self.grace, (int, float)) and not isinstance(self.grace, bool)
        if not is_number or not 0 <= self.grace < math.inf:
            raise ValueError(f"grace is {self.grace!r}; write a number of seconds")

    def read(self, match: re.Match[str]) -> RuleMatch:
        """Return what the rule makes of a match of its pattern."""
        percent = _percent(match) if self.kind is RuleKind.PROGRESS else None
        return RuleMatch(self, match.string, self._text(match), percent)

    def _text(self, match: re.Match[str]) -> str:
        if self.message:
            return _PLACEHOLDER.sub(lambda found: _group(match, found[1]), self.message).strip()
        if self.kind is RuleKind.PROGRESS:
            return ""
        text = _group(match, _MESSAGE) if _MESSAGE in match.re.groupindex else ""
        if not text and self.kind is RuleKind.STATUS and match.re.groups:
            text = match[1] or ""
        return (text or match.string).strip()

    def accepts(self, returncode: int) -> bool:
        """Return whether a command that ended with ``returncode`` has succeeded, once this done rule has matched."""
        return self.exit_codes is None or returncode in self.exit_codes


@attrs.frozen
class RuleMatch:
    """A line that a rule has matched.

    Attributes:
        rule: The rule, with its name.
        line: The line, without its end and escape sequences.
        message: What to report about it.
        percent: The progress of a progress rule; None if the line has no number, or of nothing (``0/0``).
    """

    rule: OutputRule
    line: str
    message: str = ""
    percent: Optional[float] = None

    @property
    def reason(self) -> str:
        """Why a task fails for this match: the rule and the line, and what it reports if the line does not say that."""
        line = self.line.strip()
        says_it = self.message in line and len(line) <= LONGEST_REASON
        said = line if says_it else f"{self.message}; the line: {line}"
        said = said if len(said) <= LONGEST_REASON else f"{said[:LONGEST_REASON]}…"
        return f"rule {self.rule.name}: {said}"


def _group(match: re.Match[str], name: str) -> str:
    if name == _LINE and name not in match.re.groupindex:
        return match.string
    return match[int(name) if name.isdecimal() else name] or ""


def _percent(match: re.Match[str]) -> float | None:
    groups = match.re.groupindex
    try:
        if "percent" not in groups and "done" in groups:
            percent = float(match["done"]) / float(match["of"]) * 100
        else:
            percent = float((match["percent"] if "percent" in groups else match[1]).strip().rstrip("%"))
        return percent if math.isfinite(percent) else None
    except (
        ArithmeticError,
        AttributeError,
        TypeError,
        ValueError,
    ):  # no number, or the group is not in the match
        return None


def progress(pattern: str | re.Pattern[str], *, name: str = "", message: str = "", show: bool = True) -> OutputRule:
    r"""Report the progress of the task.

    Args:
        pattern: Has the groups ``done`` and ``of``, or ``percent``, or a first group that is the percentage.
        name: See ``OutputRule``.
        message: Also report this as the status.
        show: Whether the log shows the line.

    >>> progress(r"Sample (?P<done>\d+)/(?P<of>\d+)").kind
    <RuleKind.PROGRESS: 'progress'>
    """
    return OutputRule(RuleKind.PROGRESS, pattern, name, message=message, show=show)


def status(pattern: str | re.Pattern[str], *, name: str = "", message: str = "", show: bool = True) -> OutputRule:
    """Report a status message: by default the group ``message``, the first group, or the line."""
    return OutputRule(RuleKind.STATUS, pattern, name, message=message, show=show)


def warning(pattern: str | re.Pattern[str], *, name: str = "", message: str = "", show: bool = True) -> OutputRule:
    """Log a warning: by default the group ``message`` or the line."""
    return OutputRule(RuleKind.WARNING, pattern, name, message=message, show=show)


def failure(pattern: str | re.Pattern[str], *, name: str = "", message: str = "") -> OutputRule:
    """Fail the task, whatever the exit code will be. The application goes on."""
    return OutputRule(RuleKind.FAILURE, pattern, name, message=message)


def fatal(pattern: str | re.Pattern[str], *, name: str = "", message: str = "") -> OutputRule:
    """Fail the task, and end the application at once."""
    return OutputRule(RuleKind.FATAL, pattern, name, message=message)


def done(
    pattern: str | re.Pattern[str],
    *,
    name: str = "",
    exit_codes: int | Iterable[int] | None = None,
    grace: float = GRACE_SECONDS,
    show: bool = True,
) -> OutputRule:
    """Take the work as done: a command may then end as it likes.

    Args:
        pattern: The last useful line of the command.
        name: See ``OutputRule``.
        exit_codes: The exit codes that are a success after this line; None for any, and any signal.
        grace: How long the command may take to end after this line, in seconds; then it is ended, as a success.
        show: Whether the log shows the line.
    """
    return OutputRule(RuleKind.DONE, pattern, name, exit_codes=exit_codes, grace=grace, show=show)


def ready(pattern: str | re.Pattern[str], *, name: str = "", show: bool = True) -> OutputRule:
    """Take the application as loaded, or as ready for the next request."""
    return OutputRule(RuleKind.READY, pattern, name, show=show)


def ignore(pattern: str | re.Pattern[str], *, name: str = "", show: bool = True) -> OutputRule:
    """Try no other rule on a line. These rules come first, wherever they stand."""
    return OutputRule(RuleKind.IGNORE, pattern, name, show=show)


def check_rules(rules: Any) -> str:
    """Return what is wrong with the ``rules`` of a class, as the end of a sentence; empty if nothing is."""
    if isinstance(rules, (list, tuple)):
        wrong = [rule for rule in rules if not isinstance(rule, OutputRule)]
        if not wrong:
            return ""
        return f"has {wrong[0]!r:.60}, which is no rule; write rules = [failure(r'Error: (?P<message>.*)'), ...]"
    return f"is {rules!r:.60}; write a list: rules = [failure(r'Error: (?P<message>.*)'), ...]"
