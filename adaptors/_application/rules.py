"""The output rules of an adaptor's application."""

from __future__ import annotations

from typing import Any

from .._rule_sources import has_rules
from .._session.private_state import private_state
from ..output import RuleSet


def rules_for(adaptor: Any) -> RuleSet:
    """Return the rules of the job; of an adaptor that no session has made, those of its class."""
    rules: RuleSet | None = private_state(adaptor).output_rules
    adaptor_class: type = type(adaptor)
    if rules:
        return rules
    if rules is not None or not has_rules(adaptor_class):
        return RuleSet()
    from .._adaptor_rules import rules_of

    return rules_of(adaptor_class)
