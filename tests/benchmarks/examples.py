"""What an entry point that names its adaptor saves: the task commands of the renderer example, both ways."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness import Row, Target

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness import Bench

_BY_CLASS = """
from adaptor_runtime import EntryPoint
from adaptor_runtime.examples.renderer.adaptor import RendererAdaptor

if __name__ == "__main__":
    EntryPoint(RendererAdaptor).start()
"""


def by_name(bench: Bench) -> Iterator[Row]:
    """Ours alone, in pairs: the class given first, then its name."""
    place = bench.workplace
    ours = place.runtimes[-1]
    by_class = ours.folder / "by_class"
    by_class.mkdir(exist_ok=True)
    by_class.joinpath("__main__.py").write_text(_BY_CLASS)
    programs = ("by_class", "adaptor_runtime.examples.renderer")
    file = str(ours.folder / "renderer.json")
    scene = ours.folder / "scene.json"
    scene.write_text('{"size": [2, 2], "sun": [0, 1, 0], "samples": 1, "spheres": []}')
    init_data = {"output_directory": str(ours.folder / "pictures"), "scene_file": str(scene)}

    def command(program: str, verb: str, *words: str) -> float:
        words = ("daemon", verb, "--connection-file", file, *words)
        return place.run(ours, [str(place.python), "-m", program, *words]).seconds * 1000

    command(programs[1], "start", "--init-data", json.dumps(init_data))
    try:
        run = ("--run-data", json.dumps({"frames": 1}))
        pairs = [[command(program, "run", *run) for program in programs] for _ in range(bench.some(40, 20))]
    finally:
        command(programs[1], "stop")
    work = "`daemon run` of the renderer example: adaptor named ÷ class imported"
    yield Row(work, "", [], [named / imported for imported, named in pairs], Target(limit=0.75))
