"""What an adaptor asks its application to do."""

from __future__ import annotations

import json

from ._console import complain
from ._messages import text_of
from ._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_write_json = json.JSONEncoder(default=text_of).encode


class _DataclassFields:
    """What ``dataclasses.asdict`` and ``replace`` look for, made when they do: adaptors were written with a dataclass.

    A real one would cost the application the import of ``dataclasses`` and ``inspect``.
    """

    def __get__(self, _instance: object, owner: Any) -> Any:
        from dataclasses import make_dataclass

        return make_dataclass(owner.__name__, owner._fields).__dataclass_fields__  # type: ignore[attr-defined]


class Action(NamedTuple):
    """Something to do, by the name under which the application knows it, and the data for it.

    ``args`` must be data that JSON can say; values that it does not know travel as their ``str()``.

    >>> print(Action("render", {"frame": 7}))
    {"name": "render", "args": {"frame": 7}}
    """

    name: str
    args: dict[str, Any] | None = None

    def __str__(self) -> str:
        return _write_json({"name": self.name, "args": self.args})

    @staticmethod
    def from_json_string(json_str: str) -> Action | None:
        """Return the action that ``str()`` has written; None, with a line on stderr, if it is none."""
        try:
            fields = json.loads(json_str)
        except (TypeError, ValueError, RecursionError) as error:
            complain(f"ERROR: not an action, because it is not JSON: {error}")  # not what it is: it may hold secrets
            return None
        if not isinstance(fields, dict) or not isinstance(fields.get("name"), str):
            complain("ERROR: an action needs a name")
            return None
        return Action(fields["name"], fields.get("args"))

    @staticmethod
    def from_bytes(s: bytes) -> Action | None:
        """Return the action in the UTF-8 form of its JSON; None, with a line on stderr, if it is none."""
        try:
            text = s.decode("utf-8")
        except UnicodeDecodeError as error:
            complain(f"ERROR: not an action, because it is not UTF-8: {error.reason} at byte {error.start}")
            return None
        return Action.from_json_string(text)


Action.__dataclass_fields__ = _DataclassFields()  # type: ignore[attr-defined]  # not a field, and so not in the class
