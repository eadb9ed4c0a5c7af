"""The files of a configuration."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Generic, TypeVar

from ...ipc._errors import BadInputError
from ..data._schema import Schema
from ._configuration import Configuration
from ._layers import ENVIRONMENT, Layer, Layers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

ConfigurationT = TypeVar("ConfigurationT", bound=Configuration)

_log = logging.getLogger("adaptor_runtime.configuration")


class ConfigurationManager(Generic[ConfigurationT]):
    """Read the files of a configuration. Nothing is read before first use, and nothing is ever created.

    Args:
        config_cls: The class that holds the configuration.
        default_config_path: The file with the author's defaults.
        system_config_path: The file of the site.
        user_config_rel_path: The file of the user, relative to the home directory.
        schema_path: The JSON Schema file or files that each file must fit; None for no check.
        additional_config_paths: More files, each overriding what comes before it.
    """

    def __init__(
        self,
        *,
        config_cls: type[ConfigurationT],
        default_config_path: str,
        system_config_path: str,
        user_config_rel_path: str,
        schema_path: str | Sequence[str] | None = None,
        additional_config_paths: Sequence[str] | None = None,
    ) -> None:
        self._config_cls = config_cls
        self._default_config_path = default_config_path
        self._system_config_path = system_config_path
        self._user_config_rel_path = user_config_rel_path
        self._schema_path = schema_path
        self._additional_config_paths = tuple(additional_config_paths or ())

    def get_default_config(self) -> ConfigurationT:
        """Return the author's defaults, empty if the file does not exist.

        Raises:
            BadInputError: The file is malformed or does not fit the schema.
        """
        return self._read(self._default_config_path) or self._config_cls({})

    def get_system_config_path(self) -> str:
        """Return the path of the site's file, whether or not it exists."""
        return self._system_config_path

    def get_system_config(self) -> ConfigurationT | None:
        """Return the site's configuration, None if the file does not exist.

        Raises:
            BadInputError: The file is malformed or does not fit the schema.
        """
        return self._read(self.get_system_config_path())

    def get_user_config_path(self, username: str | None = None) -> str:
        """Return the path of a user's file, whether or not it exists.

        Args:
            username: The user; None for the one who runs this process.
        """
        return os.path.expanduser(os.path.join(f"~{username or ''}", self._user_config_rel_path))

    def get_user_config(self, username: str | None = None) -> ConfigurationT | None:
        """Return a user's configuration, None if the file does not exist.

        Args:
            username: The user; None for the one who runs this process.

        Raises:
            BadInputError: The file is malformed or does not fit the schema.
        """
        return self._read(self.get_user_config_path(username))

    def layers(self, username: str | None = None) -> Layers[ConfigurationT]:
        """Read all files.

        Args:
            username: Whose file is the user's; None for the one who runs this process.

        Raises:
            BadInputError: A file is malformed or does not fit the schema.
        """
        places = [
            ("default", self._default_config_path),
            ("system", self.get_system_config_path()),
            ("user", self.get_user_config_path(username)),
            *((ENVIRONMENT, path) for path in self._additional_config_paths),
        ]
        layers = tuple(Layer(name, path, self._read(path)) for name, path in places)
        return Layers(self._config_cls, layers, self._secrets(layers))

    def build_config(self, username: str | None = None) -> ConfigurationT:
        """Merge all files: default, then system, then user, then those that the environment names.

        Args:
            username: Whose file is the user's; None for the one who runs this process.

        Raises:
            BadInputError: A file is malformed or does not fit the schema.
        """
        layers = self.layers(username)
        layers.announce(_log.debug, _log.warning)
        return layers.merged()

    def _read(self, path: str) -> ConfigurationT | None:
        if not os.path.isfile(path):
            return None
        config = self._config_cls.from_file(path, self._schema_path)
        problem = config.check_keys(self._declared())
        if problem:
            raise BadInputError(f"configuration file {path} {problem}")
        return config

    def _declared(self) -> list[str]:
        """Return the keys in the author's defaults and schemas."""
        path = self._default_config_path
        default = dict(self._config_cls.from_file(path)) if os.path.isfile(path) else {}
        return [*default, *(name for each in self._schemas() for name in each.place.names)]

    def _secrets(self, layers: Iterable[Layer[ConfigurationT]]) -> frozenset[str]:
        """Return the keys whose values a schema marks as ``writeOnly``, as a whole or in part."""
        keys = {key for layer in layers if layer.configuration for key in layer.configuration}
        if not keys:
            return frozenset()
        places = [schema.place for schema in self._schemas()]
        return frozenset(key for key in keys if any(place.step(key).may_hide for place in places))

    def _schemas(self) -> list[Schema]:
        paths = [self._schema_path] if isinstance(self._schema_path, str) else self._schema_path or ()
        return [Schema.from_file(path) for path in paths]
