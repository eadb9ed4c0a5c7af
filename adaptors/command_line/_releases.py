"""Which releases take part in a session: what a bug report needs first."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from adaptor_runtime_client import __version__

from .._log_levels import package_of

if TYPE_CHECKING:
    from .._adaptor import BaseAdaptor

UNKNOWN = "unknown"


def releases(adaptor_class: type[BaseAdaptor[Any]]) -> dict[str, str]:
    """Return the releases of the runtime, of the adaptor by its class's name, and of Python."""
    return {
        "adaptor_runtime": __version__,
        adaptor_class.__name__: adaptor_release(adaptor_class),
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def adaptor_release(adaptor_class: type[BaseAdaptor[Any]]) -> str:
    """Return the release of the package that an adaptor comes from; "unknown" where it does not say.

    What the package has loaded is looked at before its metadata, which would have to be searched for on the disk.
    """
    package = package_of(adaptor_class)
    for module, name in ((f"{package}._version", "version"), (package, "__version__")):
        found = getattr(sys.modules.get(module), name, None)
        if isinstance(found, str):
            return found
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return UNKNOWN
