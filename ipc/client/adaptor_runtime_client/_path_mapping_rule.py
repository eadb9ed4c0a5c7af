"""A rule of path mapping, as the application sees it."""

from __future__ import annotations

from ._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PathMappingRule(NamedTuple):
    """Paths under ``source_path``, written as ``source_path_format`` does, lie under ``destination_path`` here."""

    source_path_format: str
    source_path: str
    destination_path: str
    destination_os: str

    @staticmethod
    def from_dict(rule: dict[str, Any]) -> PathMappingRule:
        """Return the rule in the form that has a name for each field; other names are ignored.

        Raises:
            KeyError: if a field is missing.
        """
        return PathMappingRule(*(rule[name] for name in PathMappingRule._fields))

    def to_dict(self) -> dict[str, Any]:
        """Return the form that has a name for each field."""
        return dict(self._asdict())
