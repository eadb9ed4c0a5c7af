"""Where a site keeps its configuration on Windows."""

from __future__ import annotations

import os


def system_directory() -> str:
    """Return the directory above all configuration of the site."""
    return os.environ.get("PROGRAMDATA") or r"C:\ProgramData"
