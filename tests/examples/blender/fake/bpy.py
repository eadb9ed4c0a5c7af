"""As much of Blender's module as the example's client uses. A scene is a JSON file; a picture is a text."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace as Space


class Scene(Space):
    def frame_set(self, frame):
        self.frame = frame


def open_mainfile(filepath):
    try:
        described = json.loads(Path(filepath).read_text(encoding="utf-8"))
    except OSError as error:
        raise RuntimeError(f"Error: Cannot read file '{filepath}': {error.strerror}") from None
    cameras = [Space(name=name, type="CAMERA") for name in described["cameras"]]
    context.scene = Scene(objects=[*cameras, Space(name="Cube", type="MESH")], camera=cameras[0], render=Space())
    data.images = [Space(source="FILE", packed_file=None, filepath=image) for image in described["images"]]
    print("Read blend:", filepath)


def render(write_still):
    scene = context.scene
    for sample in (0, 2, 4):
        print(f"Fra:{scene.frame} Mem:9.07M | Scene, ViewLayer | Sample {sample}/4")
    if write_still and scene.render.filepath.endswith(".png"):
        picture = json.dumps([scene.frame, scene.camera.name, *(image.filepath for image in data.images)])
        Path(scene.render.filepath).write_text(picture, encoding="utf-8")
        print(f"Saved: '{scene.render.filepath}'")


context, data = Space(), Space()
ops = Space(wm=Space(open_mainfile=open_mainfile), render=Space(render=render))
path = Space(abspath=os.path.abspath)
