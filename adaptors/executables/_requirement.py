"""Which versions of a program an adaptor accepts.

The syntax and the comparison are those of Python packages (PEP 440), by the library ``packaging``. It takes 20 ms to
load, and every command of an adaptor loads the adaptor's class. So a requirement is checked here without it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.version import Version

HOW_TO_WRITE = 'write ">=3.6", "==4.2.*" or ">=3.6,<5"'

_NUMBERS = r"[0-9]+(?:\.[0-9]+)*"
_SUFFIX = r"(?:(?:a|b|rc)[0-9]+)?(?:\.post[0-9]+)?(?:\.dev[0-9]+)?"
_CLAUSE = (
    rf"\s*(?:(?:==|!=)\s*{_NUMBERS}(?:\.\*|{_SUFFIX})|[<>]=?\s*{_NUMBERS}{_SUFFIX}"
    rf"|~=\s*[0-9]+(?:\.[0-9]+)+{_SUFFIX})\s*"
)


def is_requirement(text: str) -> bool:
    """Return whether ``text`` is a requirement: comparisons with a version, separated by commas. None is needed.

    >>> is_requirement(">=3.6,<5"), is_requirement("3.6 or later")
    (True, False)
    """
    clauses = [clause for clause in text.split(",") if clause.strip()]
    return all(re.fullmatch(_CLAUSE, clause) for clause in clauses)


def is_version(text: str) -> bool:
    """Return whether ``text``, which a program has printed, can be compared."""
    return re.search("[0-9]", text) is not None


def fits(version: str, requirement: str) -> bool:
    """Return whether a version fulfills a requirement. One without comparisons is fulfilled by any version.

    A pre-release of 5 fulfills neither ``>=5`` nor ``<5``, as its interface is not known to be that of either.

    >>> fits("4.2.3", ">=4.2,<5"), fits("14.0v5", ">=14.0.4")
    (True, True)
    """
    from packaging.specifiers import SpecifierSet

    return SpecifierSet(requirement).contains(comparable(version), prereleases=True)


def comparable(version: str) -> Version:
    """Return a version in the form to compare: its numbers, if it is not written like that of a Python package."""
    from packaging.version import InvalidVersion, Version

    try:
        return Version(version)
    except InvalidVersion:
        return Version(".".join(re.findall("[0-9]+", version)))
