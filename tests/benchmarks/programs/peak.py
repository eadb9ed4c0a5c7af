"""peak DESCRIPTOR COMMAND...: run the command, then write its seconds and its peak memory in MB to the descriptor.

The peak that the system gives for a process includes the one from which it was forked. This interpreter, started
with ``-I -S``, is smaller than anything that is measured.
"""

from __future__ import annotations

import os
import sys
import time

UNIT = 1024 * 1024 if sys.platform == "darwin" else 1024

descriptor = int(sys.argv[1])
began = time.perf_counter()
child = os.fork()
if child == 0:
    os.close(descriptor)
    os.execvp(sys.argv[2], sys.argv[2:])
_, status, usage = os.wait4(child, 0)
seconds = time.perf_counter() - began
os.write(descriptor, b"[%f, %f]" % (seconds, usage.ru_maxrss / UNIT))
os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
