"""A pipe of the runtime that a thread reads, in a process that also runs an author's code.

That code may close descriptors it never opened (``os.closerange``). This is the one place that chooses between the
platforms.
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._own_pipe_windows import ReadEnd, open_pipe
else:
    from ._own_pipe_posix import ReadEnd, open_pipe

__all__ = ["ReadEnd", "open_pipe"]
