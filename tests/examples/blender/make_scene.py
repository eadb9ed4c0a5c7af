"""Blender runs this: ``blender --background --python make_scene.py -- FOLDER SAMPLES PIXELS``.

It writes a scene of one cube with a texture below /studio, and the texture itself below the folder.
"""

from __future__ import annotations

import sys

import bpy

folder, samples, pixels = sys.argv[-3], *map(int, sys.argv[-2:])
scene = bpy.context.scene
scene.render.engine = "CYCLES"
scene.cycles.samples, scene.cycles.use_denoising = samples, False
scene.render.resolution_x = scene.render.resolution_y = pixels
scene.render.resolution_percentage = 100
scene.camera.name = "main"
other = bpy.data.objects.new("top", bpy.data.cameras.new("top"))
other.location = (0, 0, 8)
scene.collection.objects.link(other)
image = bpy.data.images.new("paint", 4, 4)
image.filepath_raw, image.file_format = f"{folder}/textures/paint.png", "PNG"
image.save()
image.filepath, image.source = "/studio/textures/paint.png", "FILE"
material = bpy.data.materials.new("painted")
material.use_nodes = True
nodes = material.node_tree.nodes
texture, emission = nodes.new("ShaderNodeTexImage"), nodes.new("ShaderNodeEmission")
texture.image = image
material.node_tree.links.new(texture.outputs["Color"], emission.inputs["Color"])
material.node_tree.links.new(emission.outputs[0], nodes["Material Output"].inputs["Surface"])
bpy.data.objects["Cube"].data.materials[0] = material
bpy.ops.wm.save_as_mainfile(filepath=f"{folder}/cube.blend", relative_remap=False)
