"""The rules that look at the lines of an application's output. Names are loaded on first use."""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False

if TYPE_CHECKING:
    from ._output_rule import (
        OutputRule,
        RuleKind,
        RuleMatch,
        done,
        failure,
        fatal,
        ignore,
        progress,
        ready,
        status,
        warning,
    )
    from ._regex_callback import RegexCallback
    from ._regex_handler import RegexHandler
    from ._rule_set import RuleSet

__all__ = [
    "OutputRule",
    "RegexCallback",
    "RegexHandler",
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

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        **dict.fromkeys(__all__, "._output_rule"),  # where all others are
        "RegexCallback": "._regex_callback",
        "RegexHandler": "._regex_handler",
        "RuleSet": "._rule_set",
    },
)
