"""The release, of the client and of the runtime: they are distributed together."""

from __future__ import annotations

__version__ = "0.1.0"
