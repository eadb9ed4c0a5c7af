from __future__ import annotations

import re

import attrs
from adaptor_runtime import CommandAdaptor, Executable, MappedPath, SemanticVersion
from adaptor_runtime.rules import failure, progress, warning


class PovrayAdaptor(CommandAdaptor):
    """Render one frame of a scene per task with POV-Ray; the number of the frame is the scene's ``clock``."""

    data_version = SemanticVersion(1, 0)
    executable = Executable(
        "povray",
        environment="POVRAY",
        candidates={
            "posix": ["/opt/povray-*/bin/povray"],
            "windows": [r"%ProgramFiles%\POV-Ray\v*\bin\pvengine64.exe"],
        },
        version=("--version", r"POV-Ray (\d+\.\d+(?:\.\d+)*)"),
        requires=lambda adaptor: adaptor.init_data.requires,
        options={"<3.7": ["+UV"], ">=3.7": ["+BS16"]},  # since 3.7 it renders blocks: small ones show more progress
    )
    rules = [
        progress(r"^Rendered (?P<done>\d+) of (?P<of>\d+) pixels"),
        failure(r"(?P<message>Cannot find file .*)", name="missing-file"),
        failure(r"(?P<message>(?:File '.*)?\b(?:Parse|Render) Error: .*)", name="scene-error"),
        warning(r"(?P<message>(?:File '.*)?\bWarning: .*)"),
    ]

    @attrs.define
    class InitData:
        scene_file: MappedPath
        width: int = attrs.field(default=320, validator=attrs.validators.ge(1))
        height: int = attrs.field(default=180, validator=attrs.validators.ge(1))
        requires: str = attrs.field(default=">=3.6", metadata={"description": "The versions of POV-Ray that will do."})

    @attrs.define
    class RunData:
        frame: int
        output: MappedPath  # such as /out/shot_####.png

        @property
        def path(self) -> str:
            return re.sub("#+", lambda number: str(self.frame).zfill(len(number[0])), self.output)

    init_data: InitData

    def launch(self, run_data: RunData) -> list[str]:
        data = self.init_data
        options = [*self.executable.options, "-D", "+V", f"+W{data.width}", f"+H{data.height}", f"+K{run_data.frame}"]
        return [self.executable.path, *options, f"+I{data.scene_file}", f"+O{run_data.path}"]

    def expected_outputs(self, run_data: RunData) -> list[str]:
        return [run_data.path]

    def on_postrun(self) -> None:  # the last blocks are not reported
        self.update_status(progress=100)
