"""The commands of the application."""

from __future__ import annotations

import os

FRAME_WITH_AN_ERROR = 13

_attributes = {"persp.renderable": True, "defaultRenderGlobals.preMel": ""}
_mapped = {}
_images = {}


def about(*, version):
    return "2025"


def ls(*names, cameras=False, type=None):
    if cameras:
        return ["perspShape"]
    return ["defaultRenderLayer"] if type == "renderLayer" else list(names)


def listRelatives(shapes, *, parent):
    return [shape[: -len("Shape")] for shape in shapes]


def referenceQuery(name, *, isNodeReferenced):
    return False


def listConnections(name, *, t):
    return [t]


def getAttr(name):
    return _attributes[name]


def setAttr(name, value, **_options):
    _attributes[name] = value


def attributeQuery(name, *, node, exists):
    return False


def workspace(*_path, fileRule=None, **_options):
    if fileRule is not None:
        _images["folder"] = fileRule[1]


def optionVar(**_options):
    pass


def colorManagementPrefs(**_options):
    pass


def file(path, **_options):
    print("opened", path, flush=True)


def dirmap(*, mapDirectory=None, **_options):
    if mapDirectory is not None:
        source, destination = mapDirectory
        _mapped[source] = destination
        print("paths under", source, "are now under", destination, flush=True)


def render(camera, **_options):
    frame = _attributes["defaultRenderGlobals.startFrame"]
    print("[PROGRESS] 50 percent", flush=True)
    if frame == FRAME_WITH_AN_ERROR:
        print("Error: a texture is missing", flush=True)
        # A callback raises at each of these; who does not read on fills the pipe with what follows.
        print("[PROGRESS] 60 percent\n" * 100 + "much output\n" * 30_000, flush=True)
    path = os.path.join(_images["folder"], f"{camera}.{frame:04d}.ppm")
    with open(path, "w") as image:
        image.write("P3 1 1 255 0 0 0\n")
