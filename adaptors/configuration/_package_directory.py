"""The folder in which an adaptor's own files lie: its configuration, its schemas."""

from __future__ import annotations

import os
import sys


def package_directory(owner: type) -> str | None:
    """Return the folder of the module that defines a class; None if the module has no file."""
    return module_directory(owner.__module__)


def module_directory(name: str) -> str | None:
    """Return the folder of an imported module; None if it has no file."""
    file = getattr(sys.modules.get(name), "__file__", None)
    return os.path.dirname(os.path.abspath(file)) if file else None
