"""Which process is meant by a pid: the one place that chooses between the platforms.

A pid alone is not enough: it is given to a stranger once its owner is gone. Together with the start time it is unique.
"""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from ._process_identity_linux import start_time, wait_gone
else:
    from ._process_identity_portable import start_time, wait_gone

__all__ = ["start_time", "wait_gone"]
