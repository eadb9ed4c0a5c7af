"""``show-config``: the merged configuration, and the source of each value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from ..configuration._layers import NOT_SHOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..configuration._effective import EffectiveConfiguration
    from ..configuration._layers import Layers

DEFAULT = "default"


def show(effective: EffectiveConfiguration) -> str:
    """Return the configuration as YAML; its comments name the files."""
    lines = ["# Files; later ones override earlier ones:"]
    parts: list[tuple[str, Layers[Any]]] = [("runtime", effective.runtime)]
    if effective.adaptor is not None:
        parts.append(("adaptor", effective.adaptor))
    for name, layers in parts:
        lines += [f"#   {name}: {_file(layer.path, layer.configuration is None)}" for layer in layers.layers]
    for name, layers in parts:
        config = layers.merged().config
        config.pop("deadlines", None)  # below, as they are in force
        shown = {key: NOT_SHOWN if key in layers.secrets else value for key, value in sorted(config.items())}
        lines += _section(name, ((key, shown[key], layers.source_of(key) or DEFAULT) for key in shown))
    limits = attrs.asdict(effective.deadlines)
    lines += _section("deadlines", ((key, limits[key], effective.deadline_source(key) or DEFAULT) for key in limits))
    return "\n".join(lines) + "\n"


def _file(path: str, missing: bool) -> str:  # noqa: FBT001
    return f"{path} (not found)" if missing else path


def _section(name: str, entries: Iterator[tuple[str, Any, str]]) -> list[str]:
    lines = [f"{name}:"]
    for key, value, source in entries:
        lines += _entry(key, value, source)
    return lines if len(lines) > 1 else [f"{name}: {{}}"]


def _entry(key: str, value: Any, source: str) -> list[str]:
    import yaml

    text = yaml.safe_dump({key: value}, allow_unicode=True, sort_keys=False, width=10_000)
    lines = [f"  {line}" for line in text.rstrip("\n").split("\n")]
    source = source.replace("\n", " ")
    return [f"{lines[0]}  # {source}"] if len(lines) == 1 else [f"  # {source}", *lines]
