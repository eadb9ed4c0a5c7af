"""Configuration of the runtime and of adaptors: files of a site, a user and one run, the later over the earlier."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._configuration import AdaptorConfiguration, Configuration, RuntimeConfiguration, setting
    from ._configuration_manager import ConfigurationManager
    from ._configuration_options import AdaptorConfigurationOptions
    from ._managers import (
        adaptor_configuration_manager,
        create_adaptor_configuration_manager,
        runtime_configuration_manager,
    )

__all__ = [
    "AdaptorConfiguration",
    "AdaptorConfigurationOptions",
    "Configuration",
    "ConfigurationManager",
    "RuntimeConfiguration",
    "adaptor_configuration_manager",
    "create_adaptor_configuration_manager",
    "runtime_configuration_manager",
    "setting",
]

_MODULES = {
    "AdaptorConfiguration": "._configuration",
    "AdaptorConfigurationOptions": "._configuration_options",
    "Configuration": "._configuration",
    "ConfigurationManager": "._configuration_manager",
    "RuntimeConfiguration": "._configuration",
    "adaptor_configuration_manager": "._managers",
    "create_adaptor_configuration_manager": "._managers",
    "runtime_configuration_manager": "._managers",
    "setting": "._configuration",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    value: object = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
