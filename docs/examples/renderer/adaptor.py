from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from adaptor_runtime import ApplicationAdaptor, SemanticVersion
from adaptor_runtime.rules import failure, progress, ready

from .frames import frames_of

HERE = Path(__file__).resolve().parent


class RendererAdaptor(ApplicationAdaptor[None]):
    """Load a scene into the renderer once, then render the frames of one task after the other.

    Init data: ``output_directory``, and ``scene_file`` (the example's scene unless given).
    Run data: ``frames``, a number or a range such as ``1-5:2``.
    """

    data_version = SemanticVersion(1, 0)
    stop_grace = 2
    rules = [
        progress(r"^(?:Baking light|Frame -?\d+): (\d+)%"),
        ready(r"^Scene loaded"),
        failure(r"^Error: (?P<message>.*)", name="renderer"),
    ]

    def launch(self) -> list[str]:
        Path(self.init_data["output_directory"]).mkdir(parents=True, exist_ok=True)
        self.update_status(status_message="loading the scene")
        scene = self.init_data.get("scene_file", HERE / "scene.json")
        return [sys.executable, str(HERE / "application.py"), str(scene)]

    def on_run(self, run_data: dict[str, Any]) -> None:
        for frame in self.each(frames_of(str(run_data["frames"])), "rendering frame {item}"):
            self.application.ask(f"render {frame} {self.picture(frame)}", r"^Saved: ")

    def expected_outputs(self, run_data: dict[str, Any]) -> list[Path]:
        return [self.picture(frame) for frame in frames_of(str(run_data["frames"]))]

    def picture(self, frame: int) -> Path:
        return Path(self.init_data["output_directory"], f"frame_{frame:04d}.png")
