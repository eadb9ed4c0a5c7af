"""The user's cache directory on Windows."""

from __future__ import annotations

import os


def cache_directory() -> str | None:
    """Return the runtime's folder in the user's local application data; None if there is none."""
    above = os.environ.get("LOCALAPPDATA", "")
    return os.path.join(above, "adaptor-runtime", "Cache") if os.path.isabs(above) else None
