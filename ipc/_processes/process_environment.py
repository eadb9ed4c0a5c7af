"""The environment that a process was started with: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "darwin":
    from .process_environment_darwin import initial_environment
else:
    from .process_environment_linux import initial_environment

__all__ = ["initial_environment"]
