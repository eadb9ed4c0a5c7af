"""Output rules: what the lines of an application mean, as data in an adaptor's ``rules``."""

from __future__ import annotations

from .adaptors.output import (
    OutputRule,
    RuleKind,
    RuleMatch,
    RuleSet,
    done,
    failure,
    fatal,
    ignore,
    progress,
    ready,
    status,
    warning,
)

__all__ = [
    "OutputRule",
    "RuleKind",
    "RuleMatch",
    "RuleSet",
    "done",
    "failure",
    "fatal",
    "ignore",
    "progress",
    "ready",
    "status",
    "warning",
]
