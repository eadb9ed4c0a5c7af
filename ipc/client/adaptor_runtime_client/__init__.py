"""The application's side of an adaptor: what a plug-in inside the application imports.

It needs only Python 3.7 and the standard library, and loads nothing before use. The folder may be copied into an
application, under any parent.
"""

from __future__ import annotations

from ._lazy_face import lazy_face

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._action import Action
    from ._client_interface import ClientInterface, HTTPClientInterface
    from ._errors import AdaptorGoneError
    from ._path_mapping_rule import PathMappingRule
    from ._service import canceled, map_path, progress, serve, serve_once
    from ._version import __version__

__all__ = [
    "Action",
    "AdaptorGoneError",
    "ClientInterface",
    "HTTPClientInterface",
    "PathMappingRule",
    "__version__",
    "canceled",
    "map_path",
    "progress",
    "serve",
    "serve_once",
]

__getattr__, __dir__ = lazy_face(
    __name__,
    {
        "Action": "._action",
        "AdaptorGoneError": "._errors",
        "ClientInterface": "._client_interface",
        "HTTPClientInterface": "._client_interface",
        "PathMappingRule": "._path_mapping_rule",
        "__version__": "._version",
        "canceled": "._service",
        "map_path": "._service",
        "progress": "._service",
        "serve": "._service",
        "serve_once": "._service",
    },
)
