"""A name that published adaptors import."""

from __future__ import annotations

from adaptor_runtime._version import version, version_tuple

__all__ = ["version", "version_tuple"]
