"""A stand-in for the Python module of Nuke: as much of it as the published client calls."""

from __future__ import annotations

import os
import sys

env = {"NukeVersionString": "15.1v2"}

if os.environ.get("STAND_IN_WITHOUT_LICENSE"):
    print("FOUNDRY LICENSE ERROR REPORT", flush=True)


class Knob:
    def __init__(self, value):
        self._value = value

    def value(self):
        return self._value

    def setValue(self, value):
        self._value = value


class Node:
    def __init__(self, name, kind, **knobs):
        self._name = name
        self._kind = kind
        self._knobs = {key: Knob(value) for key, value in knobs.items()}

    def name(self):
        return self._name

    def Class(self):
        return self._kind

    def knobs(self):
        return self._knobs

    def knob(self, name):
        return self._knobs.get(name)


_root = Node("root", "Root", proxy=False, colorManagement="Nuke")
_nodes = []
_before_render = []
_filters = []
_current = []


def root():
    return _root


def allNodes():
    return _nodes


def views():
    return ["main"]


def scriptOpen(path):
    """A script is one line: the folder and the name of the images."""
    with open(path) as script:
        file = script.read().strip()
    knobs = {"disable": False, "reading": False, "render_order": 1, "views": "main", "file": file}
    _nodes.append(Node("Write1", "Write", **knobs))
    print("opened", path, flush=True)


def thisNode():
    return _current[-1]


def filename(node):
    name = node.knob("file").value()
    for each in _filters:
        name = each(name)
    return name


def execute(node, first, last, step, **_options):
    _current.append(node)
    for frame in range(first, last + 1, step):
        for each in _before_render:
            each()
        path = filename(node).replace("####", f"{frame:04d}")
        with open(path, "w") as image:
            image.write("P3 1 1 255 0 0 0\n")
        print(f"Writing {path} took 0.01 seconds", flush=True)
    _current.pop()


def addBeforeRender(function):
    _before_render.append(function)


def addFilenameFilter(function):
    _filters.append(function)


def tprint(text):
    print(text, flush=True)


def scriptClose():
    print("the stand-in is closed", flush=True)


def scriptExit():
    sys.exit(0)
