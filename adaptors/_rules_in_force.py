"""The output rules that count for one adaptor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._rule_sources import has_rules
from ._session.private_state import private_state

if TYPE_CHECKING:
    from .output import RuleSet


def rules_in_force(adaptor: Any) -> RuleSet | None:
    """Return the rules of the job; of an adaptor that no session has made, those of its class. None, or empty: none."""
    rules: RuleSet | None = private_state(adaptor).output_rules
    adaptor_class: type = type(adaptor)
    if rules is not None or not has_rules(adaptor_class):
        return rules
    from ._adaptor_rules import rules_of

    return rules_of(adaptor_class)
