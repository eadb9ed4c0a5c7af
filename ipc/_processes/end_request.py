"""A request to a process of ours to end, where no signal can: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .end_request_windows import askable, request_end, request_end_of_child
else:
    from .end_request_posix import askable, request_end, request_end_of_child

__all__ = ["askable", "request_end", "request_end_of_child"]
