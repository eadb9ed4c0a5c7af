"""The known name that a misspelt one may stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

ALIKE = 0.6
"""The similarity of two names, from 0 to 1, at which a message suggests one for the other."""

MISSPELT = 0.85
"""The similarity at which one is almost certainly the other, misspelt."""


def nearest(name: str, known: Iterable[str], alike: float = ALIKE) -> str | None:
    """Return the known name with the same or nearly the same spelling as ``name``; None if there is none.

    Args:
        name: What was written.
        known: The known names.
        alike: The similarity that is required.

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
    """Return the end of a message about an unknown name: a suggestion, or nothing.

    >>> did_you_mean("rum", ["start", "run"])
    " (did you mean 'run'?)"
    """
    meant = nearest(name, known)
    return "" if meant is None else f" (did you mean {meant!r}?)"


def _letters(name: str) -> str:
    """Return a name without the differences between spellings: case, and separators of words."""
    return "".join(letter for letter in name.lower() if letter.isalnum())
