"""A request to a process of ours to end, where no signal can: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .end_request_windows import request_end
else:
    from .end_request_posix import request_end

__all__ = ["request_end"]
