"""Time the published adaptor for Blender on the reference runtime and on this one, in pairs."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from statistics import median

SCRIPTS = Path(sys.executable).parent
FRAMES = (1, 2, 3)
SCENE = """
import bpy, sys
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples, scene.cycles.use_denoising = 1, False
scene.render.resolution_x = scene.render.resolution_y = 16
bpy.ops.wm.save_as_mainfile(filepath=sys.argv[-1])
"""


def main() -> None:
    """Take the samples and print the table as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="pairs of sessions (default: 7)")
    rounds = parser.parse_args().rounds
    layer = subprocess.run([SCRIPTS / "adaptor-runtime", "compat-path"], capture_output=True, text=True, check=True)
    runtimes = {"reference": {}, "ours": {"PYTHONPATH": layer.stdout.strip()}}
    seconds: dict[str, dict[str, list[float]]] = {name: {} for name in runtimes}
    with tempfile.TemporaryDirectory() as folder:
        make_scene(Path(folder))
        for number in range(rounds):
            for name, variables in runtimes.items():
                for phase, figure in session(Path(folder), variables):
                    seconds[name].setdefault(phase, []).append(figure)
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
    adaptor = f"deadline-cloud-for-blender {version('deadline-cloud-for-blender')}"
    print(f"{adaptor}, {rounds} sessions of {len(FRAMES)} frames each; medians, and of the ratios in pairs")
    print(f"\n| | openjd-adaptor-runtime {version('openjd-adaptor-runtime')} | adaptor-runtime | ratio |")
    print("| --- | ---: | ---: | ---: |")
    for phase, ours in seconds["ours"].items():
        theirs = seconds["reference"][phase]
        ratio = median(a / b for a, b in zip(theirs, ours))
        print(f"| {phase} | {median(theirs):.2f} s | {median(ours):.2f} s | {ratio:.1f} |")


def make_scene(folder: Path) -> None:
    """Write a scene that takes no time to render."""
    (folder / "scene.py").write_text(SCENE)
    command = ["blender", "--background", "--factory-startup", "--python-exit-code", "1", "--python"]
    run([*command, folder / "scene.py", "--", folder / "scene.blend"], dict(os.environ))


def session(folder: Path, variables: dict[str, str]) -> list[tuple[str, float]]:
    """Start, run the frames and stop; return how long each took, in seconds."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    path = f"{SCRIPTS}{os.pathsep}{environment['PATH']}"
    environment.update(variables, HOME=str(folder), PATH=path, DEADLINE_CLOUD_TELEMETRY_OPT_OUT="true")
    data = {
        "scene_file": str(folder / "scene.blend"),
        "render_engine": "cycles",
        "gpu_device": "NONE",
        "render_scene": "Scene",
        "view_layer": "ViewLayer",
        "output_dir": str(folder),
        "output_file_name": "image_####",
        "output_format": "PNG",
    }
    # Each session has its own: the reference's is still there for a moment after its stop has returned.
    where = ["--connection-file", str(Path(tempfile.mkdtemp(dir=folder)) / "connection.json")]
    command = [SCRIPTS / "blender-openjd", "daemon"]
    figures = [("start", run([*command, "start", *where, "--init-data", json.dumps(data)], environment))]
    for frame in FRAMES:
        words = [*command, "run", *where, "--run-data", json.dumps({"frame": frame})]
        figures.append(("each task", run(words, environment)))
    figures.append(("stop", run([*command, "stop", *where], environment)))
    return [*figures, ("the whole session", sum(figure for _, figure in figures))]


def run(command: list[object], environment: dict[str, str]) -> float:
    """Run a command that has to succeed; return the seconds that it took."""
    began = time.perf_counter()
    done = subprocess.run(
        list(map(str, command)), env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode != 0:
        sys.exit(done.stdout.decode(errors="replace"))
    return seconds


if __name__ == "__main__":
    main()
