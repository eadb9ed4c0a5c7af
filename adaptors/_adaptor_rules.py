"""The output rules of an adaptor: those of its class and the file beside its module, less what a job switches off."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ..ipc._errors import BadInputError
from ._rule_sources import rule_file_of
from .output._output_rule import check_rules
from .output._rule_set import RuleSet

if TYPE_CHECKING:
    from collections.abc import Collection

RULES_OFF = "rules_off"
"""The key of the init data with the names of the rules that a job switches off."""


@lru_cache(maxsize=8)
def rules_of(adaptor_class: type) -> RuleSet:
    """Return the rules of a class and its file, which is read once per process.

    Args:
        adaptor_class: Its attribute ``rules`` is the first layer. The second one is the file that its attribute
            ``rules_file`` names, in the folder of the module of the class; if that is None, the file
            ``output_rules.yaml`` (or ``.yml``, or ``.json``) there, if it exists.

    Raises:
        BadInputError: The attribute or the file is unusable, there are two files, or two rules have the same name.
    """
    of_class = getattr(adaptor_class, "rules", ())
    problem = check_rules(of_class)
    if problem:
        raise BadInputError(f"{adaptor_class.__name__}.rules {problem}")
    path = rule_file_of(adaptor_class)
    layers = [of_class]
    if path is not None:
        from .output._rule_file import read_rule_file

        layers.append(read_rule_file(path))
    return RuleSet.merged(*layers)


def rules_of_job(adaptor_class: type, init_data: Any, known: Collection[str] = ()) -> RuleSet:
    """Return the rules of a class, less those that the init data switches off.

    Args:
        adaptor_class: The class. The key ``rules_off`` of the init data counts if the class sets
            ``job_may_switch_rules_off``, or if its schema has the key. Otherwise it is data like any other.
        init_data: The session's data.
        known: The keys that the schema of the init data names.

    Raises:
        BadInputError: The rules are unusable, or ``rules_off`` is not a list of names of rules.
    """
    rules = rules_of(adaptor_class)
    if not (getattr(adaptor_class, "job_may_switch_rules_off", False) or RULES_OFF in known):
        return rules
    names = init_data.get(RULES_OFF) if isinstance(init_data, Mapping) else getattr(init_data, RULES_OFF, None)
    if names is None:
        return rules
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise BadInputError(f"{RULES_OFF} in the init data must be a list of names of output rules")
    return rules.without(names, f"{RULES_OFF} in the init data")
