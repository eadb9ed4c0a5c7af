"""The user's cache directory on POSIX."""

from __future__ import annotations

import os
import sys


def cache_directory() -> str | None:
    """Return the runtime's folder in the user's cache directory; None if the user has no home directory.

    XDG Base Directory Specification: a relative ``XDG_CACHE_HOME`` is ignored.
    """
    above = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(above):
        above = os.path.expanduser("~/Library/Caches" if sys.platform == "darwin" else "~/.cache")
    return os.path.join(above, "adaptor-runtime") if os.path.isabs(above) else None
