"""Where a site keeps its configuration on POSIX."""

from __future__ import annotations


def system_directory() -> str:
    """Return the directory above all configuration of the site."""
    return "/etc"
