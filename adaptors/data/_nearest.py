"""Which name somebody may have meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ALIKE = 0.6
"""How alike two names are, from 0 to 1, for one to be offered in place of the other."""

MISSPELT = 0.85
"""How alike they are where the one can hardly be anything else than the other, misspelt."""


def nearest(name: str, known: Iterable[str], alike: float = ALIKE) -> str | None:
    """Return the known name that is spelled like ``name``, or nearly; None where there is none.

    Args:
        name: What was written.
        known: What could have been.
        alike: How alike the two have to be.

    >>> nearest("pathMappingRules", ["version", "path_mapping_rules"])
    'path_mapping_rules'
    >>> nearest("rum", ["start", "run"])
    'run'
    """
    by_letters = {_letters(one): one for one in known}
    letters = _letters(name)
    if letters in by_letters:
        return by_letters[letters]
    from difflib import get_close_matches  # needed for messages only

    found = get_close_matches(letters, by_letters, 1, alike)
    return by_letters[found[0]] if found else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return the end of a message about an unknown name: the name that may have been meant, or nothing.

    >>> did_you_mean("rum", ["start", "run"])
    " (did you mean 'run'?)"
    """
    meant = nearest(name, known)
    return "" if meant is None else f" (did you mean {meant!r}?)"


def _letters(name: str) -> str:
    """Return a name without what spellings differ in: case, and what stands between words."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
