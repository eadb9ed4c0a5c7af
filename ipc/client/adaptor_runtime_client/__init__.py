"""The application's side of an adaptor: what a plug-in inside the application imports.

Python 3.7 and the standard library only, and nothing is loaded before it is used. The folder may be copied into an
application, under any parent.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._action import Action
    from ._client_interface import ClientInterface, HTTPClientInterface
    from ._errors import AdaptorGoneError
    from ._path_mapping_rule import PathMappingRule
    from ._version import __version__

__all__ = [
    "Action",
    "AdaptorGoneError",
    "ClientInterface",
    "HTTPClientInterface",
    "PathMappingRule",
    "__version__",
]

_MODULES = {
    "Action": "._action",
    "AdaptorGoneError": "._errors",
    "ClientInterface": "._client_interface",
    "HTTPClientInterface": "._client_interface",
    "PathMappingRule": "._path_mapping_rule",
    "__version__": "._version",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_MODULES[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
