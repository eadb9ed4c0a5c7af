"""Read output rules from a file."""

from __future__ import annotations

import os

from ...ipc._errors import BadInputError
from ..data._load import FILE_SCHEME, load_mapping
from ..data._schema import Schema
from ._output_rule import OutputRule

SCHEMA = os.path.join(os.path.dirname(__file__), "output_rules.schema.json")


def read_rule_file(path: str) -> list[OutputRule]:
    """Return the rules in a YAML or JSON file: a mapping with the key ``rules``, a list of mappings.

    Args:
        path: The file. Each rule has a ``kind`` and a ``pattern``, and may have the other attributes of ``OutputRule``.

    Raises:
        BadInputError: The file cannot be read, or does not fit; the message names the file and the place in it.
    """
    data = load_mapping(FILE_SCHEME + path, "the rules file")
    what = f"the rules file {path}"
    Schema.from_file(SCHEMA).check(data, what)
    rules: list[OutputRule] = []
    for index, settings in enumerate(data["rules"]):
        try:
            rule = OutputRule(**settings)
        except (TypeError, ValueError) as error:
            raise BadInputError(f"{what} cannot be used: at rules[{index}], {error}") from None
        if rule.name and any(rule.name == other.name for other in rules):
            raise BadInputError(f"{what} cannot be used: at rules[{index}].name, {rule.name!r} is there already")
        rules.append(rule)
    return rules
