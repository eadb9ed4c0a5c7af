"""A name that published adaptors import."""

from __future__ import annotations

from adaptor_runtime._utils import secure_open

__all__ = ["secure_open"]
