"""The files of a configuration, in the order in which the later overrides the earlier."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Generic, Optional, TypeVar

import attrs

from ._configuration import Configuration

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ConfigurationT = TypeVar("ConfigurationT", bound=Configuration)

ENVIRONMENT = "environment"

NOT_SHOWN = "(not shown: it is writeOnly)"


@attrs.frozen
class Layer(Generic[ConfigurationT]):
    """One file.

    Attributes:
        name: ``default``, ``system``, ``user`` or ``environment``.
        path: Its path, whether or not it exists.
        configuration: What it holds; None if the file does not exist.
    """

    name: str
    path: str
    configuration: Optional[ConfigurationT] = None


@attrs.frozen
class Layers(Generic[ConfigurationT]):
    """All files of one configuration.

    Attributes:
        config_cls: The class that holds it.
        layers: The files; a later one overrides an earlier one.
        secrets: Keys whose values are not shown.
    """

    config_cls: type[ConfigurationT]
    layers: tuple[Layer[ConfigurationT], ...]
    secrets: frozenset[str] = frozenset()

    def merged(self) -> ConfigurationT:
        """Return all files merged."""
        config = self.config_cls({})
        for layer in self.layers:
            if layer.configuration is not None:
                config = config.override(layer.configuration)
        return config

    def source_of(self, key: str, name: str | None = None) -> str | None:
        """Return the last file that sets a key, and its layer; None if no file sets it.

        Args:
            key: The setting.
            name: A name in it, if it is merged by name.
        """
        sources = [
            f"{layer.path} ({layer.name})"
            for layer in self.layers
            if layer.configuration is not None
            and key in layer.configuration
            and (name is None or name in layer.configuration[key])
        ]
        return sources[-1] if sources else None

    def announce(self, log: Callable[..., Any], warn: Callable[..., Any]) -> None:
        """Report which file changes what.

        Args:
            log: Called with a format and its arguments for each change.
            warn: The same, for a file that the environment names but that does not exist.
        """
        seen: dict[str, Any] = {}
        for layer in self.layers:
            if layer.configuration is None:
                if layer.name == ENVIRONMENT:
                    warn("the %s configuration file %s does not exist", layer.name, layer.path)
                continue
            for key, value in self._settings(layer.configuration):
                if key not in seen or seen[key] != value:
                    shown = NOT_SHOWN if key in self.secrets else json.dumps(value, ensure_ascii=False)
                    log("Set %s to %s (%s configuration file %s)", key, shown, layer.name, layer.path)
                seen[key] = value

    @staticmethod
    def _settings(configuration: Configuration) -> Iterator[tuple[str, Any]]:
        for key, value in configuration.items():
            if key in configuration.merged_by_name:
                yield from ((f"{key}.{name}", one) for name, one in value.items())
            else:
                yield key, value
