"""stamps COUNT: print the time, in nanoseconds of the monotonic clock, once in about 20 ms."""

from __future__ import annotations

import random
import sys
import time

for _ in range(int(sys.argv[1])):
    time.sleep(random.uniform(0.005, 0.035))
    sys.stdout.write(f"STAMP {time.monotonic_ns()}\n")
    sys.stdout.flush()
