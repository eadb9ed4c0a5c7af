"""An adaptor whose schemas say all that a job template needs."""

from __future__ import annotations

from typing import ClassVar

from adaptor_runtime.adaptors import Adaptor, ApplicationAdaptor, CommandAdaptor, Deadlines, SemanticVersion


class Templated(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)
    deadlines = Deadlines(start=60.0, run=100.5, stop=20.0, cancel=12.0)
    init_data_schema: ClassVar = {
        "type": "object",
        "properties": {
            "scene": {"type": "string", "description": "What to render."},
            "retries": {"type": "integer", "minimum": 0, "default": 2},
            "quality": {"type": "number", "default": 0.5},
            "verbose": {"type": "boolean", "default": False},
            "layers": {"type": "array", "default": ["a", "b"]},
            "not_needed": {"type": "string"},
        },
        "required": ["scene"],
    }
    run_data_schema: ClassVar = {
        "type": "object",
        "properties": {"frame": {"type": ["integer", "string"]}, "camera": {"type": "string", "default": "main"}},
        "required": ["frame"],
    }

    def on_start(self):
        print("init", sorted(self.init_data.items()))

    def on_run(self, run_data):
        print("task", sorted(run_data.items()))


class Frames(Templated):
    run_data_schema: ClassVar = {"properties": {"frame": {"type": "integer", "minimum": 1}}, "required": ["frame"]}


class Command(CommandAdaptor):
    integration_data_interface_version = SemanticVersion(1, 0)

    def get_managed_process(self, run_data):
        raise NotImplementedError


class Kept(ApplicationAdaptor):
    data_version = SemanticVersion(1, 0)
    deadlines = Deadlines(start=60.0, run=100.0)
    run_data_schema: ClassVar = {"properties": {"frame": {"type": "integer"}}, "required": ["frame"]}

    def launch(self):
        return ["renderer"]

    def on_run(self, run_data):
        pass


class Odd(Templated):
    init_data_schema: ClassVar = {"properties": {"a-b": {"type": "string"}}, "required": ["a-b"]}


class LongName(Templated):
    run_data_schema: ClassVar = {"properties": {"x" * 62: {"type": "integer"}}, "required": ["x" * 62]}


class OwnPython(Templated):
    init_data_schema: ClassVar = {
        "properties": {"PythonExecutable": {"type": "string"}},
        "required": ["PythonExecutable"],
    }


class Nullable(Templated):
    init_data_schema: ClassVar = {
        "properties": {
            "shot": {"type": ["null", "string"], "description": "One\tline\x07 of many. " + "x" * 3000},
            "count": {"type": "integer", "minimum": 0.5, "maximum": 9.5, "default": 2.0, "description": ""},
            "layers": {"type": "array", "enum": [["a"], ["a", "b"]]},
            "level": {"enum": [1, 2, None]},
            "nothing": {"type": ["null", "integer"], "default": None},
        },
        "required": ["shot", "layers", "level"],
    }
    run_data_schema: ClassVar = {}


class Composed(Templated):
    init_data_schema: ClassVar = {
        "$ref": "#/$defs/all",
        "$defs": {
            "all": {"allOf": [{"$ref": "#/$defs/size"}, {"$ref": "#/$defs/rest"}], "required": ["named"]},
            "size": {
                "properties": {"width": {"$ref": "#/$defs/positive", "default": 640}, "scale": {"$ref": "#/$defs/f"}}
            },
            "rest": {
                "properties": {
                    "scene": {"type": "string", "format": "path"},
                    "camera": {"type": "string"},
                    "mode": {"const": "fast"},
                    "samples": {"anyOf": [{"type": "integer"}, {"type": "null"}], "default": 16},
                    "password": {"type": "string", "writeOnly": True, "default": "hunter2"},
                    "notes": {"type": "string", "default": "x" * 2000},
                    "a-b": {"type": "integer", "default": 1},
                },
                "required": ["scene", "mode"],
            },
            "positive": {"type": "integer", "minimum": 1},
            "f": {"type": "number", "default": 0.5},
        },
    }
    run_data_schema: ClassVar = {
        "properties": {
            "frame": {"type": "integer"},
            "height": {"type": "integer"},
            "view": {"enum": ["left", "right"]},
        },
        "required": ["frame", "height"],
    }

    def on_start(self):
        notes = len(self.init_data["notes"])
        print("init", sorted({**self.init_data, "notes": notes, "password": None}.items()))


class Many(Templated):
    init_data_schema: ClassVar = {
        "properties": {
            **{f"spare{number}": {"type": "integer", "default": number} for number in range(60)},
            **{f"needed{number}": {"type": "string"} for number in range(40)},
        },
        "required": [f"needed{number}" for number in range(40)],
    }
    run_data_schema: ClassVar = {}


class TooMany(Many):
    init_data_schema: ClassVar = {"required": [f"needed{number}" for number in range(50)]}


class Bounded(Templated):
    init_data_schema: ClassVar = {
        "properties": {
            **{
                f"path{number}": {"type": "string", "format": "path", "default": default}
                for number, default in enumerate(("/textures", "C:\\textures", "a/../../textures", "a/../textures", ""))
            },
            "least": {"type": "integer", "default": -(2**63)},
            "large": {"type": "integer", "default": 2**63},
            "seed": {"type": "integer", "default": 2**70},
            "braces": {"type": "string", "default": "{{x}}"},
        },
        "required": ["path0", "large"],
    }
    run_data_schema: ClassVar = {}


class Braces(Templated):
    run_data_schema: ClassVar = {"properties": {"view": {"enum": ["left", "{{x}}"]}, "eye": {"enum": ["}}"]}}}


class OwnDefault(Templated):
    init_data_schema: ClassVar = {"properties": {"size": {"type": "integer", "maximum": 3, "default": 5}}}


class OwnChoice(Templated):
    init_data_schema: ClassVar = {"properties": {"mode": {"enum": ["fast"], "default": "slow"}}}
