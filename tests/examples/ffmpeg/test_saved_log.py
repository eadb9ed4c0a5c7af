"""The rules of the example with what ffmpeg 5.1 printed, before it exited with 0, for a damaged input."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

LOG = Path(__file__).with_name("ffmpeg.log")


def test_the_rules_find_that_the_input_is_damaged():
    command = [sys.executable, "-m", "adaptor_runtime.examples.ffmpeg", "rules", "test", str(LOG)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    assert "\n  damaged  11\n" in done.stdout
    assert done.stdout.splitlines()[-1] == (
        "the task would fail for line 36: rule damaged: d.ts: corrupt decoded frame in stream 0"
    )
