"""The places of the configuration files of the runtime and of an adaptor."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, TypeVar

from ._configuration import AdaptorConfiguration, RuntimeConfiguration
from ._configuration_manager import ConfigurationManager
from ._package_directory import module_directory, package_directory
from ._system_directory import system_directory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._configuration_options import AdaptorConfigurationOptions

ConfigurationT = TypeVar("ConfigurationT", bound=AdaptorConfiguration)

RUNTIME_PATH_VARIABLE = "RUNTIME_CONFIG_PATH"
SCHEMA_DIRECTORY_VARIABLE = "ADAPTOR_CONFIG_SCHEMA_PATH"

_HERE = os.path.dirname(os.path.abspath(__file__))
_FOLDERS = ("openjd", "adaptors")  # where a site that comes from openjd-adaptor-runtime has its files
_USER_FOLDERS = (".openjd", "adaptors")


def runtime_configuration_manager() -> ConfigurationManager[RuntimeConfiguration]:
    """Return the manager of the runtime's own configuration.

    Its files are, the later overriding the earlier: ``configuration.json`` in the package ``adaptor_runtime``,
    ``/etc/openjd/adaptors/runtime/configuration.json`` (Windows: ``%PROGRAMDATA%`` in place of ``/etc``),
    ``~/.openjd/adaptors/runtime/configuration.json`` and the file that ``$RUNTIME_CONFIG_PATH`` names.
    """
    root = module_directory(__name__.split(".", maxsplit=1)[0]) or _HERE
    return ConfigurationManager(
        config_cls=RuntimeConfiguration,
        default_config_path=os.path.join(root, "configuration.json"),
        system_config_path=os.path.join(system_directory(), *_FOLDERS, "runtime", "configuration.json"),
        user_config_rel_path=os.path.join(*_USER_FOLDERS, "runtime", "configuration.json"),
        schema_path=os.path.join(_HERE, "runtime.schema.json"),
        additional_config_paths=_named_by(RUNTIME_PATH_VARIABLE),
    )


def create_adaptor_configuration_manager(
    config_cls: type[ConfigurationT],
    adaptor_name: str,
    default_config_path: str,
    schema_path: str | Sequence[str] | None = None,
    additional_config_paths: Sequence[str] | None = None,
) -> ConfigurationManager[ConfigurationT]:
    """Return the manager of an adaptor's configuration.

    Its files are, the later overriding the earlier: the default, ``/etc/openjd/adaptors/<name>/<name>.json``
    (Windows: ``%PROGRAMDATA%`` in place of ``/etc``), ``~/.openjd/adaptors/<name>/<name>.json`` and the additional.

    Args:
        config_cls: The class that holds the configuration.
        adaptor_name: The name in the paths.
        default_config_path: The file with the author's defaults.
        schema_path: The JSON Schema file or files that each file must fit, in addition to the one for all adaptors.
        additional_config_paths: More files.
    """
    more = [schema_path] if isinstance(schema_path, str) else list(schema_path or ())
    return ConfigurationManager(
        config_cls=config_cls,
        default_config_path=default_config_path,
        system_config_path=os.path.join(system_directory(), *_FOLDERS, adaptor_name, f"{adaptor_name}.json"),
        user_config_rel_path=os.path.join(*_USER_FOLDERS, adaptor_name, f"{adaptor_name}.json"),
        schema_path=[os.path.join(_HERE, "adaptor.schema.json"), *more],
        additional_config_paths=additional_config_paths,
    )


def adaptor_configuration_manager(
    adaptor_class: type, options: AdaptorConfigurationOptions[Any] | None = None
) -> ConfigurationManager[Any]:
    """Return the manager for an adaptor class, whose files are found by its name and next to its module.

    Args:
        adaptor_class: The adaptor.
        options: Where its files are, if not in the usual places.
    """
    name = adaptor_class.__name__
    directory = package_directory(adaptor_class) or os.curdir
    return create_adaptor_configuration_manager(
        (options and options.config_cls) or AdaptorConfiguration,
        name,
        (options and options.config_path) or os.path.join(directory, f"{name}.json"),
        (options and options.schema_path) or _schema_path(directory, f"{name}.schema.json"),
        _named_by(f"{name.upper()}_CONFIG_PATH"),
    )


def _schema_path(directory: str, file_name: str) -> str | None:
    elsewhere = os.environ.get(SCHEMA_DIRECTORY_VARIABLE)
    if elsewhere:
        return os.path.join(elsewhere, file_name)  # that it is missing there is an error, and told as one
    path = os.path.join(directory, file_name)
    return path if os.path.lexists(path) else None


def _named_by(variable: str) -> list[str]:
    path = os.environ.get(variable)
    return [os.path.abspath(path)] if path else []
