"""A module whose import takes as long as the test wants, in the daemon only."""

from __future__ import annotations

import os
import sys

from scripted import Scripted

__all__ = ["Scripted"]

if sys.argv[-1] == "_serve":
    print("importing", flush=True)  # to a pipe
    with open(os.environ["GATE"]) as gate:
        gate.read()
