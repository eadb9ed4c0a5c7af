"""An adaptor whose data are instances of its classes."""

from __future__ import annotations

import sys

import attrs
from adaptor_runtime import Adaptor, Frames, MappedPath, SemanticVersion


def is_even(instance, attribute, value):
    if value % 2:
        raise ValueError(f"{value} is odd")


class Typed(Adaptor):
    data_version = SemanticVersion(1, 0)

    @attrs.define
    class InitData:
        scene_file: MappedPath = attrs.field(metadata={"description": "What to render."})
        password: str = attrs.field(default="swordfish", metadata={"secret": True})
        samples: int = attrs.field(default=16, validator=attrs.validators.ge(1))

    @attrs.define
    class RunData:
        frame: Frames
        output: MappedPath
        camera: str = "main"
        width: int = attrs.field(default=640, validator=is_even)

    def on_start(self):
        self.modules = set(sys.modules)
        print("init", self.init_data.scene_file, self.init_data.scene_file.original, self.init_data.samples)

    def on_run(self, run_data):
        print("run", list(run_data.frame), run_data.output, run_data.camera, run_data.width)
        print(
            "loaded",
            sorted(name for name in set(sys.modules) - self.modules if "typed_data" in name or "cattr" in name),
        )
        if run_data.camera == "secret":
            raise RuntimeError(self.init_data.password)
