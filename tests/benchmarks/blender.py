"""Time the tasks of the example for Blender, beside the time that Blender itself says it needed for the picture."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

SCRIPT = Path(__file__).parents[1] / "examples" / "blender" / "make_scene.py"
FRAMES = range(1, 11)
PIXELS = 256


def main() -> None:
    """Render some frames, one per task, and print what each needed beside the rendering."""
    if shutil.which("blender") is None:
        print("Blender is not installed: no overhead is measured")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_scene(folder)
        rows = measured(folder)
    print(f"Blender, one frame of {PIXELS}x{PIXELS} pixels per task, medians of {len(rows)} tasks after the first:")
    for what, seconds in zip(("Blender's own time", "the task beyond that", "`daemon run` beyond that"), zip(*rows)):
        print(f"  {what:26} {1000 * median(seconds):7.1f} ms")


def make_scene(folder: Path) -> None:
    """Have Blender write a scene that takes a moment to render."""
    (folder / "textures").mkdir()
    options = ["--background", "--factory-startup", "--python-exit-code", "1", "--python", str(SCRIPT)]
    command = ["blender", *options, "--", str(folder), "16", str(PIXELS)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def measured(folder: Path) -> list[tuple[float, float, float]]:
    """Return, for each task, Blender's own time, that of the hook beyond it, and that of the command beyond that."""
    rule = {"source_path_format": "POSIX", "source_path": "/studio", "destination_path": str(folder)}
    rules, data = json.dumps({"path_mapping_rules": [rule]}), json.dumps({"scene_file": "/studio/cube.blend"})
    rows = []
    daemon(folder, "start", "--init-data", data, "--path-mapping-rules", rules)
    try:
        for frame in FRAMES:
            began = time.perf_counter()
            output = daemon(folder, "run", "--run-data", json.dumps({"frame": frame, "output": "/studio/#.png"}))
            command = time.perf_counter() - began
            minutes, seconds = re.findall(r"^STDOUT:  Time: (\d+):(\d+\.\d+)", output, re.MULTILINE)[-1]
            own = 60 * int(minutes) + float(seconds)
            hook = float(re.findall(r"trigger=finish .*seconds=([\d.]+)", output)[-1])
            rows.append((own, hook - own, command - hook))
    finally:
        daemon(folder, "stop")
    return rows[1:]  # the first one loads Blender's render kernels


def daemon(folder: Path, *words: str) -> str:
    """Run one command of the adaptor; return what it prints."""
    where = ["--connection-file", str(folder / "connection.json")]
    command = [sys.executable, "-m", "adaptor_runtime.examples.blender", "daemon", words[0], *where, *words[1:]]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
