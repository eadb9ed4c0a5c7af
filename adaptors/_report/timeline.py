"""When everything in a session happened, as strips of bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from ...statemachine import PhaseOutcome
from ...statemachine._amounts import duration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...statemachine import ApplicationStay, Phase, SessionHistory

WIDTH = 1000.0
"""The width of a strip, in the units of its bars."""

_MOST = 400
"""How many bars a strip has. Of more, nobody can tell them apart, and a browser takes its time."""

_SLOTS = 250
"""How many stretches a strip with too many bars has; what is shorter becomes one bar for each look in a stretch."""

_THINNEST = 1.5
_BEST_FIRST = ("succeeded", "application-closed", "application-ready", "application-busy", "application-loading")
LOOKS = {
    PhaseOutcome.SUCCEEDED: "succeeded",
    PhaseOutcome.FAILED: "failed",
    PhaseOutcome.TIMED_OUT: "failed",
    PhaseOutcome.CANCELED: "canceled",
    PhaseOutcome.UNFINISHED: "unfinished",
}
"""How a phase looks."""


@attrs.frozen
class Bar:
    """A stretch of time.

    Attributes:
        left: Where it begins.
        width: How wide it is.
        look: How it looks.
        title: What it says of it.
    """

    left: float
    width: float
    look: str
    title: str


@attrs.frozen
class Strip:
    """Bars of one kind.

    Attributes:
        name: What they are.
        bars: The bars, in the order in which they began.
    """

    name: str
    bars: tuple[Bar, ...]


@attrs.frozen
class Timeline:
    """All strips of a session.

    Attributes:
        strips: The strips, from top to bottom.
        marks: The time since the beginning at each quarter.
    """

    strips: tuple[Strip, ...]
    marks: tuple[str, ...]

    @property
    def looks(self) -> set[str]:
        """The looks that occur."""
        return {bar.look for strip in self.strips for bar in strip.bars}

    @classmethod
    def of(cls, history: SessionHistory) -> Timeline:
        """Return the strips of a session: its phases, its tasks, each application, and what happened in a moment."""
        if history.began is None:
            return cls((), ())
        whole = history.seconds or 1.0
        scale = _Scale(history.began, whole)
        strips = [
            Strip("phases", tuple(scale.phase(each) for each in history.phases if each.task_id is None)),
            Strip("tasks", tuple(scale.phase(each) for each in history.phases if each.task_id is not None)),
        ]
        for name, stays in history.stays_by_application.items():
            strips.append(Strip(name, tuple(map(scale.stay, stays))))
        strips.append(Strip("events", tuple(scale.events(_events(history)))))
        marks = tuple(duration(whole * quarter / 4) if quarter else "0" for quarter in range(5))
        return cls(tuple(Strip(strip.name, _joined(strip.bars)) for strip in strips if strip.bars), marks)


def _joined(bars: tuple[Bar, ...]) -> tuple[Bar, ...]:
    """Return bars that can be told apart: of too many, the longest ones, and short ones together."""
    if len(bars) <= _MOST:
        return bars
    slot = WIDTH / _SLOTS
    long = sorted((bar for bar in bars if bar.width > slot), key=lambda bar: -bar.width)[:_MOST]
    short: dict[tuple[int, str], list[Bar]] = {}
    for bar in bars:
        if bar.width <= slot:
            short.setdefault((int(bar.left // slot), bar.look), []).append(bar)
    # What went wrong is drawn last, over the others.
    return tuple(sorted([*long, *map(_together, short.values())], key=lambda bar: (_rank(bar.look), bar.left)))


def _rank(look: str) -> int:
    return _BEST_FIRST.index(look) if look in _BEST_FIRST else len(_BEST_FIRST)


def _together(bars: list[Bar]) -> Bar:
    """Return bars of one look as one; it says what the first of them says."""
    if len(bars) == 1:
        return bars[0]
    left, right = min(bar.left for bar in bars), max(bar.left + bar.width for bar in bars)
    title = f"{bars[0].title}; and {len(bars) - 1} more {bars[0].look.rpartition('-')[2]}"
    return Bar(left, round(right - left, 2), bars[0].look, title)


def _events(history: SessionHistory) -> Iterable[tuple[float | None, str, str]]:
    """Return when each event was, how it looks, and what it was."""
    for signal in history.signals:
        yield signal.at, "canceled", f"signal {signal.name}"
    for refusal in history.refusals:
        yield refusal.at, "failed", f"{refusal.trigger} was refused in state {refusal.state}: {refusal.cause or ''}"
    for restart in history.restarts:
        yield restart.at, "restart", f"{restart.application} was restarted: {restart.cause or 'no cause was recorded'}"


class _Scale:
    """Turn times into places.

    Args:
        began: The left end, in seconds since 1970.
        seconds: How long the strip is, more than 0. Far from 1970, ``began + seconds`` may be no other moment.
    """

    def __init__(self, began: float, seconds: float) -> None:
        self._began = began
        self._seconds = seconds

    def phase(self, phase: Phase) -> Bar:
        name = phase.task_id or phase.hook
        took = "unknown" if phase.seconds is None else duration(phase.seconds)
        title = f"{name}: {phase.outcome}, {took}" + (f"; {phase.cause}" if phase.cause else "")
        return self._bar(phase.began, phase.seconds, LOOKS[phase.outcome], title)

    def stay(self, stay: ApplicationStay) -> Bar:
        took = "until the end" if stay.seconds is None else duration(stay.seconds)
        seconds = stay.seconds
        if seconds is None and stay.began is not None:
            seconds = 0.0 if stay.state == "closed" else self._began + self._seconds - stay.began
        cause = f"; {stay.cause}" if stay.cause else ""
        return self._bar(stay.began, seconds, f"application-{stay.state}", f"{stay.state}, {took}{cause}")

    def events(self, events: Iterable[tuple[float | None, str, str]]) -> Iterable[Bar]:
        for at, look, title in events:
            if at is not None:
                yield self._bar(at, 0.0, look, title)

    def _bar(self, began: float | None, seconds: float | None, look: str, title: str) -> Bar:
        """Return a bar that is inside the strip, whatever the clocks said, and wide enough to be seen."""
        first = self._began if began is None else began
        left = self._place(first)
        width = max(self._place(first + (seconds or 0.0)) - left, _THINNEST)
        return Bar(round(min(left, WIDTH - width), 2), round(width, 2), look, title)

    def _place(self, at: float) -> float:
        return min(max((at - self._began) / self._seconds, 0.0), 1.0) * WIDTH
