from __future__ import annotations

import re

import attrs
from adaptor_runtime import ApplicationAdaptor, Deadlines, Executable, Frames, MappedPath, SemanticVersion
from adaptor_runtime.rules import failure, fatal, progress


def numbered(_: object, __: object, path: MappedPath) -> None:
    if "#" not in path:
        raise ValueError(f"{path!r} needs a # for the number of the frame, such as shot_####.png")


class BlenderAdaptor(ApplicationAdaptor):
    """Load a scene into Blender once, then render the frames of one task after the other."""

    data_version = SemanticVersion(1, 0)
    deadlines = Deadlines(start=600, run=3600)
    executable = Executable("blender", version=("--version", r"^Blender (\d+\.\d+)"), requires=">=3.0")
    job_may_switch_rules_off = True
    rules = [
        progress(r"\| Sample (?P<done>\d+)/(?P<of>\d+)"),  # Cycles, once per pass over the picture
        failure(r"^Missing file: (?P<message>.*)", name="missing-file"),  # from the client: it would be pink
        fatal(r"(?P<message>.*\bout of (?:GPU )?memory\b.*)", name="memory"),
    ]

    @attrs.define
    class InitData:
        scene_file: MappedPath
        rules_off: list[str] = attrs.field(factory=list[str])

    @attrs.define
    class RunData:
        frame: Frames
        output: MappedPath = attrs.field(validator=numbered)
        camera: str = ""

        def path(self, frame: int) -> str:
            return re.sub("#+", lambda number: str(frame).zfill(len(number[0])), self.output)

    init_data: InitData

    def launch(self) -> list[str]:
        options = ["--background", "--factory-startup", "--python-use-system-env", "--python-exit-code", "1"]
        return [self.executable.path, *options, "--python", str(self.client)]

    def on_load(self) -> None:
        self.application.call("load", scene_file=self.init_data.scene_file)

    def on_run(self, run_data: RunData) -> None:
        for frame in self.each(run_data.frame):
            self.application.call("render", frame=frame, path=run_data.path(frame), camera=run_data.camera)

    def expected_outputs(self, run_data: RunData) -> list[str]:
        return [run_data.path(frame) for frame in run_data.frame]
