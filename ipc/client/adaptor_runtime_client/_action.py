"""An action that an adaptor asks its application to perform."""

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
    """The attribute that ``dataclasses.asdict`` and ``replace`` need, made on demand: old adaptors expect a dataclass.

    A real dataclass would cost the application the import of ``dataclasses`` and ``inspect``.
    """

    def __get__(self, _instance: object, owner: Any) -> Any:
        from dataclasses import make_dataclass

        return make_dataclass(owner.__name__, owner._fields).__dataclass_fields__  # type: ignore[attr-defined]


class Action(NamedTuple):
    """An action: the name under which the application knows it, and its data.

    ``args`` must be JSON data; other values are sent as their ``str()``.

    >>> print(Action("render", {"frame": 7}))
    {"name": "render", "args": {"frame": 7}}
    """

    name: str
    args: dict[str, Any] | None = None

    def __str__(self) -> str:
        return _write_json({"name": self.name, "args": self.args})

    @staticmethod
    def from_json_string(json_str: str) -> Action | None:
        """Return the action that ``str()`` wrote; None, with a line on stderr, if it is not an action."""
        try:
            fields = json.loads(json_str)
        except (TypeError, ValueError, RecursionError) as error:
            complain(
                f"ERROR: not an action, because it is not JSON: {error}"
            )  # not the text itself: it may contain secrets
            return None
        if not isinstance(fields, dict) or not isinstance(fields.get("name"), str):
            complain("ERROR: an action needs a name")
            return None
        return Action(fields["name"], fields.get("args"))

    @staticmethod
    def from_bytes(s: bytes) -> Action | None:
        """Return the action from its JSON in UTF-8; None, with a line on stderr, if it is not an action."""
        try:
            text = s.decode("utf-8")
        except UnicodeDecodeError as error:
            complain(f"ERROR: not an action, because it is not UTF-8: {error.reason} at byte {error.start}")
            return None
        return Action.from_json_string(text)


Action.__dataclass_fields__ = _DataclassFields()  # type: ignore[attr-defined]  # not a field, and so not in the class
