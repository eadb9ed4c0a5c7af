"""The releases in a session: the first thing that a bug report needs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from adaptor_runtime_client import __version__

from .._messages.log_levels import package_of

if TYPE_CHECKING:
    from .._adaptor import BaseAdaptor

NOT_INSTALLED = "not installed"

_RECORD = ".dist-info"


def releases(adaptor_class: type[BaseAdaptor[Any]]) -> dict[str, str]:
    """Return the releases of the runtime, the adaptor (by its class name), and Python."""
    return {
        "adaptor_runtime": __version__,
        adaptor_class.__name__: adaptor_release(adaptor_class),
        "python": ".".join(map(str, sys.version_info[:3])),
    }


def describe_releases(adaptor_class: type[BaseAdaptor[Any]] | None) -> str:
    """Return the same as one line for people; without an adaptor, only the runtime and Python."""
    runtime, python = f"adaptor-runtime {__version__}", f"Python {'.'.join(map(str, sys.version_info[:3]))}"
    if adaptor_class is None:
        return f"{runtime} ({python})"
    return f"{adaptor_class.__name__} {adaptor_release(adaptor_class)} ({runtime}, {python})"


def adaptor_release(adaptor_class: type[BaseAdaptor[Any]]) -> str:
    """Return the release of the adaptor's package; "not installed" if it has none.

    Loaded packages are checked before installed ones, which must be searched on disk. The innermost package counts:
    adaptors of several distributions may share the top-level one.
    """
    package = adaptor_class.__module__
    while package:
        for module, name in ((f"{package}._version", "version"), (package, "__version__")):
            found = getattr(sys.modules.get(module), name, None)
            if isinstance(found, str):
                return found
        package = package.rpartition(".")[0]
    return _installed_release(package_of(adaptor_class))


def _installed_release(package: str) -> str:
    """Return the release in the name of the folder that an installer leaves: ``my_adaptor-1.2.dist-info``.

    importlib.metadata, which would read the same, takes longer to load than a task that does nothing.
    """
    for folder in sys.path:
        try:
            names = os.listdir(folder or os.curdir)
        except OSError:
            continue  # an archive, or nothing
        for name in names:
            distribution, _, release = name[: -len(_RECORD)].rpartition("-")
            if name.endswith(_RECORD) and _normal(distribution) == _normal(package):
                return release
    return NOT_INSTALLED


def _normal(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")
