"""Which process is meant by a pid: the one place that chooses between the platforms.

A pid alone is not enough: it is given to a stranger once its owner is gone. Together with the start time it is unique.
"""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from .process_identity_linux import is_known, start_time, wait_gone
else:
    from .process_identity_portable import is_known, start_time, wait_gone

__all__ = ["check_process_table", "start_time", "wait_gone"]


def check_process_table() -> None:
    """See to it that a session may begin: without a table of processes its applications could not be ended.

    Raises:
        SystemRefusalError: There is none.
    """
    from .._errors import SystemRefusalError  # the guardian loads this file alone

    if not is_known():
        raise SystemRefusalError("cannot list processes: mount /proc in this container")
