"""A path mapping rule, as the application sees it."""

from __future__ import annotations

from ._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class PathMappingRule(NamedTuple):
    """Paths under ``source_path``, in ``source_path_format``, are under ``destination_path`` here."""

    source_path_format: str
    source_path: str
    destination_path: str
    destination_os: str

    @staticmethod
    def from_dict(rule: dict[str, Any]) -> PathMappingRule:
        """Return the rule from a mapping with a key for each field; other keys are ignored.

        Raises:
            KeyError: A field is missing.
        """
        return PathMappingRule(*(rule[name] for name in PathMappingRule._fields))

    def to_dict(self) -> dict[str, Any]:
        """Return a mapping with a key for each field."""
        return dict(self._asdict())
