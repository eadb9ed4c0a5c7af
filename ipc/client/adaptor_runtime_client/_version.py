"""The release of the client and the runtime, which are distributed together."""

from __future__ import annotations

__version__ = version = "0.1.0"
