"""Runs in Blender's own Python."""

from __future__ import annotations

import os
from typing import Any

import bpy  # type: ignore[import-not-found]
from adaptor_runtime_client import map_path, serve

cameras: dict[str, Any] = {}


def load(scene_file: str) -> None:
    bpy.ops.wm.open_mainfile(filepath=scene_file)
    scene = bpy.context.scene
    cameras.update({item.name: item for item in scene.objects if item.type == "CAMERA"}, **{"": scene.camera})
    for image in bpy.data.images:
        if image.source == "FILE" and not image.packed_file:
            if not image.filepath.startswith("//"):  # else it is relative to the scene, whose path is mapped
                image.filepath = map_path(image.filepath)
            if not os.path.isfile(bpy.path.abspath(image.filepath)):
                print("Missing file:", image.filepath)


def render(frame: int, path: str, camera: str) -> None:
    if camera not in cameras:
        raise LookupError(f"the scene has no camera {camera!r}; it has: {', '.join(sorted(cameras)[1:]) or 'none'}")
    scene = bpy.context.scene
    scene.camera = cameras[""]
    scene.frame_set(frame)  # may select the camera of a marker
    if camera:
        scene.camera = cameras[camera]
    scene.render.filepath = path
    bpy.ops.render.render(write_still=True)


serve(load=load, render=render)
