"""emit LINES: what emit.c does, where there is no compiler."""

from __future__ import annotations

import os
import sys

lines = int(sys.argv[1])
block = b"\n".join([b"Progress".ljust(80, b"."), *[b"." * 80] * 999]) + b"\n"
for left in range(lines, 0, -1000):
    rest = memoryview(block)[: min(left, 1000) * 81]
    while rest:
        rest = rest[os.write(1, rest) :]
