"""The documents of a schema: its own file, and those it refers to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from ...ipc._errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ._schema_folder import SchemaFolder

REFERENCES = ("$ref", "$dynamicRef", "$recursiveRef")

_NO_FILE = "file:///"
"""The base of a schema that has none. A relative reference in it leads nowhere."""


class Subschema(NamedTuple):
    """One schema within a document.

    Attributes:
        node: Its content: a mapping, true, or false.
        base: The URI against which its references are resolved.
    """

    node: Any
    base: str


class SchemaDocuments:
    """Follow the references of a schema through ``$id``, ``$anchor``, and files, in any draft from 4 to 2020-12.

    It serves code that inspects a schema; the validator checks data. So a reference that leads nowhere is not an error
    here: the caller assumes the worst.

    Args:
        schema: The document itself.
        folder: Where the other documents are.
    """

    def __init__(self, schema: Mapping[str, Any], folder: SchemaFolder) -> None:
        self._folder = folder
        self._identifiers = ("$id", "id") if "draft-04" in str(schema.get("$schema")) else ("$id",)
        self._resources: dict[str, Subschema | None] = {}
        self._anchors: dict[tuple[str, str], Subschema] = {}
        self._dynamic: dict[str, list[Subschema]] = {}
        self._mentioned: dict[tuple[int, str], bool] = {}
        self._pending: list[tuple[str, str]] = []
        self.root = self._add(schema, folder.base_uri or _NO_FILE)
        while self._pending:  # a dynamic reference may lead into any document, so all of them are read
            self._resource(_join(*self._pending.pop()).partition("#")[0])

    def follow(self, source: Subschema, keyword: str) -> list[Subschema] | None:
        """Return what a reference may lead to: one subschema, or several if it is dynamic.

        Args:
            source: The subschema with the reference.
            keyword: One of ``REFERENCES``.

        Returns:
            None if it leads nowhere.
        """
        reference = source.node[keyword]
        if not isinstance(reference, str):
            return None
        uri, _, fragment = _join(source.base, reference).partition("#")
        fragment = unquote(fragment)
        found = self._find(uri, fragment)
        name = {"$ref": None, "$dynamicRef": fragment, "$recursiveRef": ""}[keyword]
        dynamic = [] if name is None else self._dynamic.get(name, [])
        return [*([found] if found else []), *dynamic] or None

    def child(self, parent: Subschema, node: Any) -> Subschema:
        """Return the subschema of a node below ``parent``."""
        return Subschema(node, self._base(node, parent.base))

    def mentions(self, subschema: Subschema, keyword: str) -> bool:
        """Return whether ``keyword`` is in a subschema or behind its references; True if one is unresolved."""
        key = (id(subschema.node), keyword)
        if key not in self._mentioned:
            self._mentioned[key] = self._search(subschema, keyword)
        return self._mentioned[key]

    def _search(self, subschema: Subschema, keyword: str) -> bool:
        seen: set[int] = set()
        left = [subschema]
        while left:
            for one in self._nodes(left.pop()):
                if id(one.node) in seen:
                    continue
                seen.add(id(one.node))
                if one.node.get(keyword, False) is not False:
                    return True
                for reference in REFERENCES:
                    if reference in one.node:
                        targets = self.follow(one, reference)
                        if targets is None:
                            return True
                        left += targets
        return False

    def _find(self, uri: str, fragment: str) -> Subschema | None:
        resource = self._resource(uri)
        if resource is None or not fragment:
            return resource
        if not fragment.startswith("/"):
            return self._anchors.get((uri, fragment))
        found = resource
        for step in fragment[1:].split("/"):
            name = step.replace("~1", "/").replace("~0", "~")
            node = found.node
            if isinstance(node, dict) and name in node:
                found = self.child(found, node[name])
            elif isinstance(node, list) and name.isdecimal() and int(name) < len(node):
                found = self.child(found, node[int(name)])
            else:
                return None
        return found

    def _resource(self, uri: str) -> Subschema | None:
        if uri not in self._resources:
            self._resources[uri] = None
            try:
                document = self._folder(uri)
            except (LookupError, BadInputError, ValueError):
                return None
            self._add(document, uri)
        return self._resources[uri]

    def _add(self, document: Any, uri: str) -> Subschema:
        """Record everything in a document that can be referred to."""
        root = Subschema(document, self._base(document, uri))
        self._resources[uri] = root
        for one in self._nodes(root):
            node, base = one
            own = self._identifier(node)
            if own is not None:
                if own.startswith("#"):
                    self._anchors[base, own[1:]] = one
                else:
                    self._resources.setdefault(base, one)
            for keyword in ("$anchor", "$dynamicAnchor"):
                if isinstance(node.get(keyword), str):
                    self._anchors[base, node[keyword]] = one
            if isinstance(node.get("$dynamicAnchor"), str):
                self._dynamic.setdefault(node["$dynamicAnchor"], []).append(one)
            if node.get("$recursiveAnchor") is True:
                self._dynamic.setdefault("", []).append(one)
            self._pending += [(base, node[name]) for name in REFERENCES if isinstance(node.get(name), str)]
        return root

    def _nodes(self, root: Subschema) -> Iterator[Subschema]:
        """Yield every mapping in a subschema, whatever keyword it is under."""
        seen: set[int] = set()
        left = [root]
        while left:
            one = left.pop()
            if id(one.node) in seen:
                continue
            seen.add(id(one.node))
            if isinstance(one.node, dict):
                yield one
                left += [self.child(one, value) for value in one.node.values() if isinstance(value, (dict, list))]
            elif isinstance(one.node, list):
                left += [self.child(one, value) for value in one.node if isinstance(value, (dict, list))]

    def _identifier(self, node: Any) -> str | None:
        found = [node[name] for name in self._identifiers if isinstance(node.get(name), str)]
        return found[0] if found else None

    def _base(self, node: Any, base: str) -> str:
        own = self._identifier(node) if isinstance(node, dict) else None
        return base if own is None or own.startswith("#") else _join(base, own).partition("#")[0]


def _join(base: str, reference: str) -> str:
    """Resolve a reference; one within the document works with any base, ``urn:`` too."""
    if reference.startswith("#"):
        return base + reference
    if not reference:
        return base
    return reference if urlsplit(reference).scheme else urljoin(base, reference)
