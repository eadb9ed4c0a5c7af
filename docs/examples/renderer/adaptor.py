from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from adaptor_runtime import Adaptor, LoggingSubprocess, RegexCallback, RegexHandler, SemanticVersion

from .frames import frames_of

HERE = Path(__file__).resolve().parent


class RendererAdaptor(Adaptor[None]):
    """Load a scene into the renderer once, then render the frames of one task after the other.

    Init data: ``output_directory``, and ``scene_file`` (the example's scene unless given).
    Run data: ``frames``, a number or a range such as ``1-5:2``.
    """

    data_version = SemanticVersion(1, 0)

    renderer: LoggingSubprocess | None = None

    def on_start(self) -> None:
        self.directory = Path(self.init_data["output_directory"])
        self.directory.mkdir(parents=True, exist_ok=True)
        scene = self.init_data.get("scene_file", HERE / "scene.json")
        rules = RegexHandler(
            [
                RegexCallback([re.compile(r"^(?:Baking light|Frame -?\d+): (\d+)%")], self._on_progress),
                RegexCallback([re.compile(r"^Scene loaded|^Saved: ")], self._on_done),
                RegexCallback([re.compile(r"^Error: (.*)")], self._on_error),
            ]
        )
        self._begin("loading the scene", part=0, parts=1)
        self.renderer = LoggingSubprocess(
            args=[sys.executable, HERE / "application.py", scene], stdout_handler=rules, stderr_handler=rules
        )
        self.declare_application(self.renderer)  # from now on, its unexpected end fails the session at once
        self.done.result()

    def on_run(self, run_data: dict[str, Any]) -> None:
        assert self.renderer is not None  # on_start has returned
        frames = frames_of(str(run_data["frames"]))
        for part, frame in enumerate(frames):
            self._begin(f"rendering frame {frame}", part, len(frames))
            self.renderer.write_line(f"render {frame} {self.directory / f'frame_{frame:04d}.png'}")
            self.done.result()

    def on_stop(self) -> None:
        assert self.renderer is not None
        self.renderer.wait()  # closes its input, which the renderer takes for "quit"

    def on_cancel(self) -> None:  # on another thread, while on_start or on_run waits; that wait ends by itself
        if self.renderer is not None:
            self.renderer.terminate(grace_time_s=2)

    def on_cleanup(self) -> None:  # always called, also after an on_start that failed
        if self.renderer is not None:
            self.renderer.terminate(grace_time_s=2)

    def _begin(self, status: str, part: int, parts: int) -> None:
        self.part, self.parts = part, parts
        self.done = self.expect()  # raises instead of waiting on after a cancel, an error or the end of the renderer
        self.update_status(status_message=status)

    # Called with matching lines of the renderer's output, on the thread that reads it.

    def _on_progress(self, match: re.Match[str]) -> None:
        self.update_status(progress=(self.part + int(match[1]) / 100) / self.parts * 100)

    def _on_done(self, match: re.Match[str]) -> None:
        self.done.set_result(match[0])

    def _on_error(self, match: re.Match[str]) -> None:
        raise RuntimeError(match[1])  # fails the task with this message
