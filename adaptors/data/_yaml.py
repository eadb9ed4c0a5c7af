"""Read YAML as plain data, in one pass and within limits: no alias bomb, no endless nesting, no objects.

The data is built from the parser's events. This takes a fifth of the time of PyYAML's composer and constructor, never
recurses, and yields only what JSON can also express, so that a hook sees the same in ``run`` and ``daemon run``.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import yaml

from ._surrogates import stand_in

if TYPE_CHECKING:
    from typing import NoReturn

    from ._surrogates import Surrogates

MAXIMUM_CHARACTERS = 8 * 1024 * 1024
"""YAML parses at a few million characters per second; JSON, which may be longer, at tens of millions."""

MAXIMUM_DEPTH = 200
MAXIMUM_VALUES = 5_000_000
"""An alias counts as the values it stands for, because the data is sent as JSON, which writes them out."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_INTEGER = re.compile(r"[-+]?[0-9]+")
_BASED = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL_FLOAT = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_WORDS: dict[str, bool | None] = {
    spelling: value
    for words, value in ((("true", "yes", "on"), True), (("false", "no", "off"), False), (("null",), None))
    for word in words
    for spelling in (word, word.capitalize(), word.upper())
}
_WORDS.update({"": None, "~": None})

_NOT_FINITE = "a number that is not finite, which JSON does not allow"
_TOO_DEEP = f"nested more than {MAXIMUM_DEPTH} deep"
_LIBRARY_TOO_DEEP = "exceeded maximum nesting depth"
"""The text of libyaml's own limit, which it may reach before it delivers the first value, because it looks ahead."""

_TAG = "tag:yaml.org,2002:"
_MERGE: Any = object()
"""The key ``<<``, unless it is quoted: its mappings are merged in (YAML 1.1, "Merge Key")."""

_UNFINISHED: Any = object()


class YamlError(ValueError):
    """The text is not YAML, or it exceeds a limit; the message says what and where."""


def load_yaml(text: str) -> Any:
    """Return the one document in ``text``, as JSON would express it.

    Numbers are those of YAML 1.2 and JSON: ``1e5`` is one, ``010`` is ten, ``1:30`` is a string. ``yes``, ``no``,
    ``on``, and ``off`` are booleans, as in YAML 1.1. A date stays a string, as does a key that looks like a number. A
    lone surrogate is kept, and two escapes that make a pair are one character, as in JSON.

    Args:
        text: The document.

    Raises:
        YamlError: It is malformed, too long, or nested too deeply; its aliases expand beyond the limit or refer to
            themselves; or it has a duplicate key, or values or keys that JSON cannot express.
    """
    if len(text) > MAXIMUM_CHARACTERS:
        raise YamlError(f"as YAML, longer than {MAXIMUM_CHARACTERS} characters; write data of this size as JSON")
    text, surrogates = stand_in(text)
    builder = _Builder(surrogates)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or error.context
        if problem == _LIBRARY_TOO_DEEP:
            problem = _TOO_DEEP
        raise YamlError(f"{problem}{_place(mark)}") from None
    except (yaml.YAMLError, UnicodeError, RecursionError) as error:
        raise YamlError(str(error).split("\n")[0]) from None
    return builder.document


class _Open:
    """A list or mapping that has not ended yet."""

    __slots__ = ("anchor", "before", "key", "merged", "value")

    def __init__(self, value: list[Any] | dict[str, Any], anchor: str | None, before: int) -> None:
        self.value = value
        self.anchor = anchor
        self.before = before
        self.key: Any = None
        self.merged: list[dict[str, Any]] = []


class _Builder:
    """Build one document from events."""

    def __init__(self, surrogates: Surrogates | None) -> None:
        self.document: Any = None
        self._surrogates = surrogates
        self._documents = 0
        self._open: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._count = 0

    def take(self, event: Any) -> None:
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._take_scalar(event)
        elif kind is yaml.MappingStartEvent:
            self._begin({}, event, "map")
        elif kind is yaml.SequenceStartEvent:
            self._begin([], event, "seq")
        elif kind in (yaml.MappingEndEvent, yaml.SequenceEndEvent):
            self._end(event)
        elif kind is yaml.AliasEvent:
            self._take_alias(event)
        elif kind is yaml.DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                _fail("a second document begins", event)

    def _take_scalar(self, event: Any) -> None:
        self._grow(1, event)
        if self._surrogates is not None:
            event.value = self._surrogates.put_back(event.value, is_quoted=event.style == '"')
        if self._needs_key():
            value: Any = event.value
            self._open[-1].key = _MERGE if value == "<<" and event.implicit[0] else value
        else:
            value = _scalar(event)
            self._place(value, event)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)

    def _take_alias(self, event: Any) -> None:
        value, size = self._anchors.get(event.anchor, (None, 0))
        if size == 0:
            _fail("an alias (a plain * begins one) has no anchor before it", event)
        if value is _UNFINISHED:
            _fail("an alias is inside the value that it refers to", event)
        self._grow(size, event)
        if not self._needs_key():
            self._place(value, event)
        elif isinstance(value, str):
            self._open[-1].key = value
        else:
            _fail("a key must be a string", event)

    def _begin(self, value: list[Any] | dict[str, Any], event: Any, tag: str) -> None:
        if event.tag not in (None, "!", _TAG + tag):
            _fail("a tag on a list or mapping is not plain data", event)
        if self._needs_key():
            _fail("a key must be a string", event)
        if len(self._open) == MAXIMUM_DEPTH:
            _fail(_TOO_DEEP, event)
        self._open.append(_Open(value, event.anchor, self._count))
        self._grow(1, event)
        if event.anchor:
            self._anchors[event.anchor] = (_UNFINISHED, 1)

    def _end(self, event: Any) -> None:
        ended = self._open.pop()
        value = ended.value
        if ended.merged and isinstance(value, dict):
            own = dict(value)
            value.clear()
            for merged in reversed(ended.merged):
                value.update(merged)
            value.update(own)
        if ended.anchor:
            self._anchors[ended.anchor] = (value, self._count - ended.before)
        self._place(value, event)

    def _needs_key(self) -> bool:
        return bool(self._open) and self._open[-1].key is None and type(self._open[-1].value) is dict

    def _place(self, value: Any, event: Any) -> None:
        if not self._open:
            self.document = value
            return
        current = self._open[-1]
        if isinstance(current.value, list):
            current.value.append(value)
            return
        if current.key is _MERGE:
            current.merged += _mappings(value, event)
        elif current.key in current.value:
            _fail(f"the key {current.key!r} appears twice in one mapping, the second time", event)
        else:
            current.value[current.key] = value
        current.key = None

    def _grow(self, number: int, event: Any) -> None:
        self._count += number
        if self._count > MAXIMUM_VALUES:
            _fail(f"more than {MAXIMUM_VALUES} values, counting each alias as the values it stands for", event)


def _mappings(value: Any, event: Any) -> list[dict[str, Any]]:
    found = value if isinstance(value, list) else [value]
    if not all(isinstance(one, dict) for one in found):
        _fail("<< needs a mapping or a list of mappings", event)
    return found


def _scalar(event: Any) -> Any:
    tag, text = event.tag, event.value
    if tag is None:
        return _plain(text, event) if event.implicit[0] else text
    if tag in ("!", _TAG + "str"):
        return text
    value = _plain(text, event)
    if tag == _TAG + "float" and type(value) is int:
        return float(value)
    name = {int: "int", float: "float", bool: "bool", type(None): "null"}.get(type(value))
    if name is None or tag != _TAG + name:
        _fail("a value with a tag (a plain ! begins one) is not plain data", event)
    return value


def _plain(text: str, event: Any) -> Any:
    """Return the value of an unquoted scalar."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "-+.0123456789":
        return text
    try:
        return _number(text)
    except ValueError as error:  # Python bounds the digits of an integer
        _fail(str(error).split("; use")[0], event)


def _number(text: str) -> int | float | str:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _BASED.fullmatch(text):
        return int(text, 0)
    if _SPECIAL_FLOAT.fullmatch(text):
        raise ValueError(_NOT_FINITE)
    if not _FLOAT.fullmatch(text):
        return text
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(_NOT_FINITE)
    return number


# No message quotes the data: a password may begin with * or !.
def _fail(problem: str, event: Any) -> NoReturn:
    raise YamlError(problem + _place(event.start_mark))


def _place(mark: Any) -> str:
    return f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
