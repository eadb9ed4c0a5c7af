"""The versions that a caller asks for before it sends data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._version import SemanticVersion

if TYPE_CHECKING:
    from .._adaptor import BaseAdaptor

COMMAND_LINE_VERSION = SemanticVersion(0, 1)


def interface_version(adaptor_class: type[BaseAdaptor[Any]]) -> SemanticVersion:
    """Return the version of an adaptor's data interface.

    It is read from the class where that declares it as a value. A property needs an instance, which is made with
    empty init data.
    """
    declared = getattr(adaptor_class, "integration_data_interface_version", None)
    if isinstance(declared, SemanticVersion):
        return declared
    return adaptor_class({}).integration_data_interface_version
