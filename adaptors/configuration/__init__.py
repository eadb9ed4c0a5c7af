"""Configuration of the runtime and of adaptors: JSON files of a site, a user, and one run; later ones win."""

from __future__ import annotations

from adaptor_runtime_client._lazy_face import lazy_face

TYPE_CHECKING = False

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

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "AdaptorConfiguration": "._configuration",
        "AdaptorConfigurationOptions": "._configuration_options",
        "Configuration": "._configuration",
        "ConfigurationManager": "._configuration_manager",
        "RuntimeConfiguration": "._configuration",
        "adaptor_configuration_manager": "._managers",
        "create_adaptor_configuration_manager": "._managers",
        "runtime_configuration_manager": "._managers",
        "setting": "._configuration",
    },
)
