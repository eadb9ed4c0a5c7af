"""The version of this package."""

from __future__ import annotations

from adaptor_runtime_client import __version__

version = __version__
version_tuple = tuple(int(part) for part in version.split("."))
