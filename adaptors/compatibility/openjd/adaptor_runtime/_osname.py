"""A name that published adaptors import."""

from __future__ import annotations

from adaptor_runtime._osname import OSName

__all__ = ["OSName"]
