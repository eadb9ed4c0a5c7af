"""The release, of the client and of the runtime: they are distributed together."""

from __future__ import annotations

__version__ = version = "0.1.0"
