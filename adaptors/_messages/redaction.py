"""Hide values that a schema of the session's data marks as ``writeOnly``."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN = "********"
"""The replacement for a secret, as in the logs of OpenJD sessions."""

SHORTEST = 4
"""The minimum length of a secret that is hidden inside other text. A shorter one would occur in every word, so it is
hidden only if it is the whole text."""

KEPT = 4
"""Sets of secrets per group: a refused task must not reveal those of the running task."""

INIT_DATA = "init data"
RUN_DATA = "run data"


class Redaction:
    """Replace secrets in text about to be shown. Any thread may call it."""

    def __init__(self) -> None:
        self._groups: dict[str, list[frozenset[str]]] = {}
        self._all: frozenset[str] = frozenset()
        self._pattern: re.Pattern[str] | None = None

    def hold(self, group: str, secrets: Iterable[str]) -> None:
        """Hide these secrets from now on, in addition to the latest ones of the group.

        Args:
            group: Where they come from: ``INIT_DATA`` or ``RUN_DATA``.
            secrets: Strings and numbers, as written.
        """
        latest = [*self._groups.get(group, []), frozenset(one for one in secrets if one)][-KEPT:]
        self._groups = {**self._groups, group: latest}
        everything = frozenset(one for sets in self._groups.values() for some in sets for one in some)
        if everything != self._all:
            self._all = everything
            self._pattern = _pattern(everything)

    def forget(self) -> None:
        """Hide nothing any more: the session is over, and the process continues."""
        self._groups, self._all, self._pattern = {}, frozenset(), None

    def hide(self, text: str) -> str:
        """Return ``text`` without the secrets in it."""
        if text in self._all:
            return HIDDEN
        pattern = self._pattern
        return text if pattern is None else pattern.sub(HIDDEN, text)

    def hide_in(self, data: Any) -> Any:
        """Return a copy of ``data``, JSON values, without the secrets in it."""
        if isinstance(data, dict):
            return {self.hide(str(name)): self.hide_in(value) for name, value in data.items()}
        if isinstance(data, list):
            return [self.hide_in(value) for value in data]
        if isinstance(data, str):
            return self.hide(data)
        is_number = isinstance(data, (int, float)) and not isinstance(data, bool)
        return HIDDEN if is_number and str(data) in self._all else data


def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """Return a pattern for each secret: verbatim, line by line, and as Python and JSON quote it."""
    forms: set[str] = set()
    for secret in secrets:
        forms |= {secret, *secret.splitlines(), repr(secret)[1:-1], json.dumps(secret)[1:-1]}
    longest_first = sorted((form for form in forms if len(form.strip()) >= SHORTEST), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


redaction = Redaction()
"""The one instance of this process, which runs one session."""
