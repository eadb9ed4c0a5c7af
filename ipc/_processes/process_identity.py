"""The identity of a process: the one place that chooses between the platforms.

A pid alone is not enough: another process may get it once its owner has exited. With the start time, it is unique.
"""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from .process_identity_linux import is_known, start_time, wait_gone
elif sys.platform == "darwin":
    from .process_identity_darwin import is_known, start_time, wait_gone
elif sys.platform == "win32":
    from .process_identity_windows import is_known, start_time, wait_gone
else:
    from .process_identity_portable import is_known, start_time, wait_gone

__all__ = ["check_process_table", "start_time", "wait_gone"]


def check_process_table() -> None:
    """Check that a session may begin: without a process table, its applications could not be ended.

    Raises:
        SystemRefusalError: No process table is available.
    """
    from .._errors import SystemRefusalError  # the guardian loads this file alone

    if not is_known():
        raise SystemRefusalError("cannot list processes: mount /proc in this container")
