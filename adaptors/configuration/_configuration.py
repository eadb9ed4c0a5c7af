"""The settings of a configuration, with defaults for those that no file sets."""

from __future__ import annotations

import copy
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, ClassVar, Generic, TypeVar, Union, overload

from ..data._json_file import read_json_file
from ..data._nearest import MISSPELT, did_you_mean, nearest
from ..data._schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ValueT = TypeVar("ValueT")
ConfigurationT = TypeVar("ConfigurationT", bound="Configuration")

OF_EVERY_ADAPTOR = ("deadlines", "log_level")
"""The keys that the runtime reads in an adaptor's files and in its own."""


class setting(Generic[ValueT]):  # noqa: N801  a decorator, read like `property`
    """A property of a configuration that is part of its :attr:`~Configuration.config` even if no file sets it.

    >>> class FarmConfiguration(AdaptorConfiguration):
    ...     @setting
    ...     def license_server(self) -> str:
    ...         return str(self.get("license_server", "localhost"))
    >>> FarmConfiguration({}).config["license_server"]
    'localhost'
    """

    def __init__(self, read: Callable[[Any], ValueT]) -> None:
        self.read = read
        self.__doc__ = read.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> setting[ValueT]: ...

    @overload
    def __get__(self, instance: Configuration, owner: type) -> ValueT: ...

    def __get__(self, instance: Configuration | None, owner: type) -> Union[setting[ValueT], ValueT]:
        return self if instance is None else self.read(instance)


class Configuration(Mapping[str, Any]):
    """A mapping of settings that were read from JSON files.

    It holds only what the files set; :attr:`config` also has the defaults.

    >>> AdaptorConfiguration({"license_server": "farm"}).get("license_server", "localhost")
    'farm'

    Args:
        config: What the files set.
    """

    merged_by_name: ClassVar[frozenset[str]] = frozenset()
    """Settings that are mappings: a later file replaces only the names that it sets."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._settings: dict[str, Any] = copy.deepcopy(dict(config))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {', '.join(self) or 'empty'}>"

    def __getitem__(self, key: str) -> Any:
        return self._settings[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._settings)

    def __len__(self) -> int:
        return len(self._settings)

    @classmethod
    def from_file(  # noqa: PYI019  typing has no Self before Python 3.11
        cls: type[ConfigurationT], config_path: str, schema_path: str | Sequence[str] | None = None
    ) -> ConfigurationT:
        """Read one file.

        Args:
            config_path: A JSON file.
            schema_path: The JSON Schema file or files that it must fit; None for no check.

        Raises:
            BadInputError: The file cannot be read, is not JSON, is not a mapping, or does not fit. The message names
                the file and the key, and what was expected and found there.
            ValueError: ``schema_path`` is empty.
        """
        values = read_json_file(config_path, "configuration file")
        if schema_path is not None:
            paths = [schema_path] if isinstance(schema_path, str) else list(schema_path)
            if not all(paths) or not paths:
                raise ValueError("schema_path is empty; pass None for a file without a schema")
            for path in paths:
                Schema.from_file(path).check(values, f"configuration file {config_path}")
        return cls(values)

    def override(self: ConfigurationT, other: ConfigurationT) -> ConfigurationT:  # noqa: PYI019
        """Return a new configuration in which the keys of ``other`` replace the ones here.

        Values are replaced as a whole, except those in ``merged_by_name``.
        """
        merged = {**self, **other}
        for key in self.merged_by_name & self.keys() & other.keys():
            merged[key] = {**self[key], **other[key]}
        return type(self)(merged)

    def check_keys(self, declared: Iterable[str]) -> str:
        """Return what is wrong with a key; empty if nothing is. This class accepts every key.

        Args:
            declared: The keys in the author's defaults and schemas.
        """
        return ""

    @property
    def config(self) -> dict[str, Any]:
        """A copy of all settings, including the defaults of those that no file sets."""
        config = copy.deepcopy(self._settings)
        for name, default in self.defaults().items():
            config.setdefault(name, default)
        return config

    def defaults(self) -> dict[str, Any]:
        """Return the settings that no file sets, with their defaults."""
        return {name: getattr(self, name) for name in sorted(self.settings() - set(self))}

    @classmethod
    def settings(cls) -> set[str]:
        """Return the names of the settings that the class declares."""
        return {name for base in cls.__mro__ for name, found in vars(base).items() if isinstance(found, setting)}


class AdaptorConfiguration(Configuration):
    """The configuration of an adaptor; subclass it to add settings."""

    merged_by_name = frozenset({"deadlines"})

    def check_keys(self, declared: Iterable[str]) -> str:
        """Return what is wrong with a key: it looks like a misspelt key of the runtime."""
        for key in _others(self, {*self.settings(), *declared}):
            meant = nearest(key, OF_EVERY_ADAPTOR, MISSPELT)
            if meant is not None:
                return f"has a key {key!r}, which is unknown: did you mean {meant!r}?"
        return ""

    @setting
    def log_level(self) -> str:
        """The lowest level of the adaptor's log records that is shown."""
        return str(self.get("log_level", "INFO"))

    @property
    def deadlines(self) -> dict[str, float | None]:
        """Time limits in seconds of the phases that a file names; None for no limit."""
        return dict(self.get("deadlines", {}))


class RuntimeConfiguration(Configuration):
    """The configuration of the runtime itself, for all adaptors of a site, a user, or one run."""

    merged_by_name = frozenset({"deadlines"})

    def check_keys(self, declared: Iterable[str]) -> str:
        """Return what is wrong with a key: the runtime has no such key."""
        known = sorted({*self.settings(), *OF_EVERY_ADAPTOR})
        for key in _others(self, known):
            return f"has a key {key!r}, which is unknown; the keys are {', '.join(known)}{did_you_mean(key, known)}"
        return ""

    @setting
    def log_level(self) -> str:
        """The lowest level of the runtime's log records that is shown. CRITICAL also hides application output."""
        return str(self.get("log_level", "INFO"))

    @setting
    def journal_directory(self) -> str | None:
        """The folder where sessions leave their journals; None deletes a journal with its session."""
        folder: str | None = self.get("journal_directory")
        return None if folder is None else os.path.expanduser(folder)

    @setting
    def journal_count(self) -> int | None:
        """How many journals the folder keeps; None for no limit."""
        count: int | None = self.get("journal_count", 1000)
        return count

    @setting
    def journal_data(self) -> bool:
        """Whether a journal has the init data and the run data, without their secrets."""
        return bool(self.get("journal_data", False))

    @setting
    def heartbeat(self) -> float | None:
        """After how many seconds without output a status message says so, again and again; None for never."""
        seconds: float | None = self.get("heartbeat")
        return seconds

    @setting
    def line_times(self) -> bool:
        """Whether the time is printed in front of each line that is no message for the scheduler."""
        return bool(self.get("line_times", False))

    @setting
    def deactivate_telemetry(self) -> bool:
        """Has no effect: there is no telemetry. Accepted so that existing configuration files stay valid."""
        return bool(self.get("deactivate_telemetry", False))

    @property
    def deadlines(self) -> dict[str, float | None]:
        """Time limits in seconds of the phases that a file names; None for no limit."""
        return dict(self.get("deadlines", {}))


def _others(values: Mapping[str, Any], known: Iterable[str]) -> Iterator[str]:
    """Yield the unknown keys, except ``$schema`` and the like, which are for editors."""
    known = set(known)
    return (key for key in values if key not in known and not key.startswith("$"))
