"""``OSName``, under the name that published adaptors import."""

from __future__ import annotations

from .adaptors._paths.os_name import OSName

__all__ = ["OSName"]
