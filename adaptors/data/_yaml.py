"""Read YAML within limits: no alias bomb, no endless nesting, no objects, and numbers as YAML 1.2 has them."""

from __future__ import annotations

import re
from typing import Any

import yaml

MAXIMUM_DEPTH = 200
MAXIMUM_NODES = 5_000_000

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class YamlError(ValueError):
    """The text is not YAML, or not within the limits; the message says what and where."""


class _Loader(_Base):  # type: ignore[misc]
    """PyYAML's safe loader with YAML 1.2's idea of a float: ``1e5`` is a number, not a text."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)[eE][-+]?\d+$"), list("-+.0123456789")
)


def load_yaml(text: str) -> Any:
    """Return the one document in ``text``.

    Raises:
        YamlError: It is malformed, nested too deeply, or its aliases would expand beyond the limit.
    """
    try:
        _check_limits(text)
        return yaml.load(text, Loader=_Loader)  # noqa: S506  _Loader is a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f" at line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        raise YamlError(f"{error.problem or error.context}{place}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlError(str(error).split("\n")[0]) from None


def _check_limits(text: str) -> None:
    """Count nodes as if every alias were written out, without writing any out."""
    sizes: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    total = 0
    for event in yaml.parse(text, Loader=_Loader):
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent):
            total += sizes.get(anchor or "", 0)
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            total += 1
            open_nodes.append((anchor, total))
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            name, before = open_nodes.pop()
            if name:
                sizes[name] = total - before + 1
        elif isinstance(event, yaml.ScalarEvent):
            total += 1
            if anchor:
                sizes[anchor] = 1
        if len(open_nodes) > MAXIMUM_DEPTH:
            raise YamlError(f"nested more than {MAXIMUM_DEPTH} deep")
        if total > MAXIMUM_NODES:
            raise YamlError(f"more than {MAXIMUM_NODES} values, aliases counted as what they stand for")
