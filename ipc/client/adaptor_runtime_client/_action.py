"""An action that an adaptor asks its application to perform."""

from __future__ import annotations

import json

from ._console import complain
from ._messages import text_of
from ._named_tuple import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def _plain(value: Any) -> Any:
    """Return what is written for a value that JSON cannot express: its fields, or its own text.

    Raises:
        TypeError: It has neither: a set, a generator. Its ``repr()`` would be of no use to the application.
    """
    fields = getattr(type(value), "__dataclass_fields__", None)
    if fields is not None:
        return {name: getattr(value, name) for name in fields}
    kind: Any = type(value)
    if kind.__str__ is object.__str__ or issubclass(kind, (bytes, bytearray)):
        raise TypeError(f"the data of an action must be JSON, which has no {kind.__name__}: make it a list or a text")
    return text_of(value)


_write_json = json.JSONEncoder(default=_plain).encode


class _DataclassFields:
    """The attribute that ``dataclasses.asdict`` and ``replace`` need, made on demand: old adaptors expect a dataclass.

    A real dataclass would cost the application the import of ``dataclasses`` and ``inspect``.
    """

    def __get__(self, _instance: object, owner: Any) -> Any:
        from dataclasses import make_dataclass

        return make_dataclass(owner.__name__, owner._fields).__dataclass_fields__  # type: ignore[attr-defined]


class Action(NamedTuple):
    """An action: the name under which the application knows it, and its data.

    ``args`` must be JSON data. A value with a text of its own, such as a path or a date, is sent as this text, and a
    dataclass as its fields.

    >>> print(Action("render", {"frame": 7}))
    {"name": "render", "args": {"frame": 7}}
    """

    name: str
    args: dict[str, Any] | None = None

    def __str__(self) -> str:
        """Return the action as JSON.

        Raises:
            TypeError, ValueError: JSON cannot express its data: it has a set, or is circular.
        """
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
