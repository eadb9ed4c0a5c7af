"""The versions that a caller checks before it sends data."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from typing import TYPE_CHECKING, Any

from ...ipc._errors import BadInputError
from ...statemachine import AdaptorRuntimeError
from .._version import SemanticVersion

if TYPE_CHECKING:
    from .._adaptor import BaseAdaptor
    from .._hosting.target import Target

COMMAND_LINE_VERSION = SemanticVersion(0, 1)


def versions_of(target: Target) -> list[tuple[str, SemanticVersion]]:
    """Return the versions of the command line and of an adaptor's data interface, with their names.

    The adaptor's module prints to standard error meanwhile: standard output is for the answer.

    Args:
        target: The adaptor.

    Raises:
        BadInputError: The adaptor cannot be imported.
        AdaptorRuntimeError: It cannot provide its version.
    """
    with redirect_stdout(sys.stderr):
        adaptor_class = target.load()
        version = interface_version(adaptor_class)
    return [
        ("OpenJD Adaptor CLI Version", COMMAND_LINE_VERSION),
        (f"{adaptor_class.__name__} Data Interface Version", version),
    ]


def interface_version(adaptor_class: type[BaseAdaptor[Any]]) -> SemanticVersion:
    """Return the version of an adaptor's data interface.

    It comes from the class if the class declares a value. A property needs an instance, which is made with empty init
    data.

    Args:
        adaptor_class: The adaptor.

    Raises:
        AdaptorRuntimeError: The constructor or the property raised, or the value is not a version.
    """
    declared = getattr(adaptor_class, "integration_data_interface_version", None)
    if not isinstance(declared, SemanticVersion):
        try:
            declared = adaptor_class({}).integration_data_interface_version
        except (Exception, SystemExit) as error:
            from .._outcome import describe_error

            raise AdaptorRuntimeError(
                f"{adaptor_class.__name__} cannot provide its data interface version: {describe_error(error)}"
            ) from error
    if not isinstance(declared, SemanticVersion):
        name = "data_version" if "data_version" in dir(adaptor_class) else "integration_data_interface_version"
        raise AdaptorRuntimeError(f"{adaptor_class.__name__}.{name} is not a SemanticVersion: {declared!r}")
    return declared


def parse_version(text: str, option: str) -> SemanticVersion:
    """Return the version in the text of an option.

    Args:
        text: Such as ``"1.4"``.
        option: The option, for the message.

    Raises:
        BadInputError: It is not a version.
    """
    try:
        return SemanticVersion.parse(text)
    except ValueError as error:
        raise BadInputError(f"{option}: {error}") from None
