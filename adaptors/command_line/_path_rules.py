"""The rules of ``--path-mapping-rules``, checked before anything starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...ipc._errors import BadInputError
from ..data import load_mapping

if TYPE_CHECKING:
    from .._paths.mapping import PathMappingRule

OPTION = "--path-mapping-rules"


def load_rules(text: str) -> tuple[dict[str, Any], list[PathMappingRule]]:
    """Return the mapping in the text of an option, and the rules in it.

    Args:
        text: The option's value.

    Raises:
        BadInputError: It cannot be read, or a rule is malformed.
    """
    data = load_mapping(text, OPTION)
    if not data:
        return {}, []
    from .._paths.mapping import read_rules

    try:
        return data, read_rules(data)
    except ValueError as error:
        raise BadInputError(f"{OPTION}: {error}") from None
