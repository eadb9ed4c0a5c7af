"""The rules of the example with what Blender 3.4 printed for two frames."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOG = Path(__file__).with_name("blender.log")


def test_the_rules_find_the_progress_of_each_frame_and_no_failure():
    command = [sys.executable, "-m", "adaptor_runtime.examples.blender", "rules", "test", "--format", "json", str(LOG)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found = json.loads(done.stdout)["matches"]
    assert {match["rule"] for match in found} == {"progress-1"}
    assert [match["percent"] for match in found] == [0, 25, 100] * 2
