"""Where the output rules of an adaptor come from: its class, and the file beside its module.

Looking for them costs a session without rules no further module.
"""

from __future__ import annotations

import os
from functools import lru_cache

from ..ipc._errors import BadInputError
from .configuration._package_directory import package_directory

FILE_NAMES = ("output_rules.yaml", "output_rules.yml", "output_rules.json")


@lru_cache(maxsize=8)
def rule_file_of(adaptor_class: type) -> str | None:
    """Return the path of the file with the rules of a class; None if it has none.

    Args:
        adaptor_class: Its attribute ``rules_file`` is relative to the folder of its module. If it is None, the file may
            be there under one of ``FILE_NAMES``.

    Raises:
        BadInputError: There are two.
    """
    directory = package_directory(adaptor_class)
    named = getattr(adaptor_class, "rules_file", None)
    if named is not None:
        return os.path.join(directory or "", named)
    found = [os.path.join(directory, name) for name in FILE_NAMES] if directory else []
    found = [path for path in found if os.path.lexists(path)]  # what is there and cannot be read is reported
    if len(found) > 1:
        raise BadInputError(f"there are two files with output rules, {found[0]} and {found[1]}: keep one")
    return found[0] if found else None


def has_rules(adaptor_class: type) -> bool:
    """Return whether a class, whose base class knows output rules, has any.

    Raises:
        BadInputError: There are two files with rules.
    """
    return bool(getattr(adaptor_class, "rules", ())) or rule_file_of(adaptor_class) is not None
