"""Everything that a schema says about the value at one place in the data."""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from ._schema_documents import REFERENCES, SchemaDocuments, Subschema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

PlaceT = TypeVar("PlaceT", bound="Place")


class Place:
    """Every subschema that may apply to one value, whichever branch of ``anyOf``, ``if``, or the like holds.

    Places with the same subschemas are shared, so a walk through data of any size makes only a few.

    Args:
        documents: The schema.
        subschemas: Where to begin: the subschemas at this place, without those that they are composed of.
        known: The places made so far.
    """

    lists: ClassVar[tuple[str, ...]] = ("allOf", "anyOf", "oneOf")
    """Keywords that compose a schema from a list of others; below, from one other, and from others by name."""
    single: ClassVar[tuple[str, ...]] = ("not", "if", "then", "else", "contentSchema")
    by_name: ClassVar[tuple[str, ...]] = ("dependentSchemas", "dependencies")

    def __init__(
        self,
        documents: SchemaDocuments,
        subschemas: Sequence[Subschema],
        known: dict[frozenset[int], Any] | None = None,
    ) -> None:
        self._documents = documents
        self._places: dict[frozenset[int], Any] = {} if known is None else known
        self._is_complete = True
        self.subschemas = list(self._composed(subschemas))
        self.is_secret = not self._is_complete or any(one.node.get("writeOnly") for one in self.subschemas)
        """Whether the value must not be shown. True if a reference leads nowhere: it could be a secret."""
        self.may_hide = any(documents.mentions(one, "writeOnly") for one in subschemas)
        """Whether there may be a secret here or below."""
        self.may_default = any(documents.mentions(one, "default") for one in subschemas)
        """Whether there may be a default here or below."""

    def step(self: PlaceT, step: str | int) -> PlaceT:  # noqa: PYI019  typing has no Self before Python 3.11
        """Return the place of a property, by its name, or of an item, by its number."""
        if isinstance(step, str):
            return self._at(child for one in self.subschemas for child in self._of_property(one, step))
        return self._at(child for one in self.subschemas for child in self._of_item(one, step))

    @property
    def hides_names(self) -> bool:
        """Whether the names of properties are secrets themselves."""
        names = [one for one in self.subschemas if "propertyNames" in one.node]
        return (
            bool(names) and self._at(self._documents.child(one, one.node["propertyNames"]) for one in names).is_secret
        )

    @property
    def names(self) -> list[str]:
        """The properties that the schema names here."""
        return list(dict.fromkeys(name for one in self.subschemas for name in _mapping(one.node, "properties")))

    def _at(self: PlaceT, subschemas: Iterable[Subschema]) -> PlaceT:  # noqa: PYI019
        found = list(subschemas)
        key = frozenset(id(one.node) for one in found)
        if key not in self._places:
            self._places[key] = type(self)(self._documents, found, self._places)
        place: PlaceT = self._places[key]
        return place

    def _composed(self, subschemas: Sequence[Subschema]) -> Iterator[Subschema]:
        """Yield the subschemas and everything they are composed of, each once."""
        seen: set[int] = set()
        left = list(reversed(subschemas))
        while left:
            one = left.pop()
            if id(one.node) in seen or not isinstance(one.node, dict):
                continue
            seen.add(id(one.node))
            yield one
            parts = [self._documents.child(one, part) for part in self._parts(one.node)]
            for keyword in REFERENCES:
                if keyword in one.node:
                    targets = self._documents.follow(one, keyword)
                    self._is_complete = self._is_complete and targets is not None
                    parts += targets or []
            left += reversed(parts)

    def _parts(self, node: dict[str, Any]) -> Iterator[Any]:
        for keyword in self.lists:
            if isinstance(node.get(keyword), list):
                yield from node[keyword]
        for keyword in self.single:
            if keyword in node:
                yield node[keyword]
        for keyword in self.by_name:
            yield from _mapping(node, keyword).values()

    def _of_property(self, one: Subschema, key: str) -> Iterator[Subschema]:
        named = _mapping(one.node, "properties")
        is_named = key in named
        if is_named:
            yield self._documents.child(one, named[key])
        for pattern, child in _mapping(one.node, "patternProperties").items():
            matches = _matches(pattern, key)
            is_named = is_named or matches is True
            if matches is not False:
                yield self._documents.child(one, child)
        if not is_named:
            for keyword in ("additionalProperties", "unevaluatedProperties"):
                if keyword in one.node:
                    yield self._documents.child(one, one.node[keyword])

    def _of_item(self, one: Subschema, index: int) -> Iterator[Subschema]:
        node = one.node
        items = node.get("items")
        listed = [each for each in (items, node.get("prefixItems")) if isinstance(each, list)]
        found = [each[index] for each in listed if index < len(each)]
        if isinstance(items, dict):
            found.append(items)  # of those that `prefixItems` has too: what that means depends on the draft
        found += [node[name] for name in ("contains", "additionalItems", "unevaluatedItems") if name in node]
        for child in found:
            yield self._documents.child(one, child)


class CertainPlace(Place):
    """The subschemas that always apply to one value, without the branches that may not be taken."""

    lists = ("allOf",)
    single = ()
    by_name = ()

    @property
    def required(self) -> list[str]:
        """The required properties."""
        listed = [one.node["required"] for one in self.subschemas if isinstance(one.node.get("required"), list)]
        return list(dict.fromkeys(name for names in listed for name in names if isinstance(name, str)))

    @property
    def definition(self) -> dict[str, Any]:
        """All keywords in one mapping; the nearest of several values counts."""
        merged: dict[str, Any] = {}
        for one in self.subschemas:
            merged = {**one.node, **merged}
        return merged

    def alternatives(self, keyword: str) -> list[CertainPlace]:
        """Return each branch of ``anyOf`` or ``oneOf`` as a separate place."""
        listed = [(one, one.node[keyword]) for one in self.subschemas if isinstance(one.node.get(keyword), list)]
        return [self._at([self._documents.child(one, branch)]) for one, branches in listed for branch in branches]

    @cached_property
    def defaults(self) -> dict[str, Any]:
        """The defaults of missing properties.

        Some schemas say "no default" with a default of null where null does not fit; it is left out.
        """
        found: dict[str, Any] = {}
        for name in self.names:
            definition = self.step(name).definition
            types = definition.get("type", "null")
            if "default" in definition and (definition["default"] is not None or "null" in types):
                found[name] = definition["default"]
        return found


def _mapping(node: dict[str, Any], keyword: str) -> dict[str, Any]:
    found = node.get(keyword)
    return found if isinstance(found, dict) else {}


def _matches(pattern: str, key: str) -> bool | None:
    """Return whether a pattern matches a key; None if Python reads the pattern differently from the schema."""
    try:
        return re.search(pattern, key, re.ASCII) is not None
    except (re.error, RecursionError):
        return None
