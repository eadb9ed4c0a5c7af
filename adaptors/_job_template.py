"""An Open Job Description job template for an adaptor, made of its schemas and deadlines."""

from __future__ import annotations

import json
import math
import re
import sys
from typing import TYPE_CHECKING, Any

from ..ipc._errors import BadInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ._deadlines import Deadlines

_PYTHON = "PythonExecutable"
_CONNECTION = ["--connection-file", "{{Session.WorkingDirectory}}/connection.json"]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_MARGIN = 30
"""Seconds that an action gets beside the deadline of its phase: the runtime is to be the one that ends it."""

_ON_EXIT_LIMIT = 300
_LONGEST_PERIOD = 600


class JobTemplate:
    """Write the template of one job (Open Job Description 2023-09, "Template Schemas").

    Args:
        name: The job's name.
        command: The adaptor's command line; this interpreter in it becomes a job parameter.
        init_data: The JSON Schema of init data; what it requires or has a default for becomes a job parameter.
        run_data: The JSON Schema of run data; an integer becomes a task parameter, whose range is a job parameter.
        deadlines: What the timeouts of the actions and the period of a cancel follow from.
        chunk: How many values of the first task parameter a task gets at most (RFC 0001, ``TASK_CHUNKING``); None for
            one each.

    Raises:
        BadInputError: A property has a name that a job parameter cannot have, or a type that a chunk cannot have.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        *,
        init_data: Mapping[str, Any],
        run_data: Mapping[str, Any],
        deadlines: Deadlines,
        chunk: int | None = None,
    ) -> None:
        self._name = name
        self._command = command
        self._deadlines = deadlines
        self._chunk = chunk
        self._parameters: list[dict[str, Any]] = []
        self._tasks: list[dict[str, Any]] = []
        self._init_data = "".join(self._lines(init_data, tasks=False)) or "{}\n"
        self._run_data = "".join(self._lines(run_data, tasks=True)) or "{}\n"

    def to_dict(self) -> dict[str, Any]:
        """Return the template, ready for YAML or JSON."""
        python = {
            "name": _PYTHON,
            "type": "STRING",
            "default": "python",
            "description": "Where the adaptor is installed.",
        }
        step: dict[str, Any] = {"name": self._name}
        if self._tasks:
            step["parameterSpace"] = {"taskParameterDefinitions": self._tasks}
        step["stepEnvironments"] = [{"name": "Adaptor", "script": self._environment()}]
        step["script"] = self._script()
        head: dict[str, Any] = {"specificationVersion": "jobtemplate-2023-09"}
        if self._chunk is not None:
            head["extensions"] = ["TASK_CHUNKING"]
        return {**head, "name": self._name, "parameterDefinitions": [*self._parameters, python], "steps": [step]}

    def _lines(self, schema: Mapping[str, Any], *, tasks: bool) -> Iterator[str]:
        """Yield the YAML of a data file line by line, and take note of the parameters in it."""
        required = schema.get("required", [])
        for key, found in schema.get("properties", {}).items():
            definition = found if isinstance(found, dict) else {}
            if key not in required and "default" not in definition:
                continue
            if _NAME.fullmatch(key) is None:
                raise BadInputError(f"the property {key!r} of the schema cannot be the name of a job parameter")
            is_task = tasks and "integer" in _types(definition)
            value = self._task_parameter(key, definition) if is_task else self._parameter(key, definition)
            yield f"{key}: {value}\n"

    def _parameter(self, key: str, definition: dict[str, Any]) -> str:
        """Add a job parameter; return what stands for its value in a data file."""
        kind = (_types(definition) or ["string"])[0]
        of_job = {"integer": "INT", "number": "FLOAT"}.get(kind, "STRING")
        parameter: dict[str, Any] = {"name": key, "type": "PATH" if definition.get("format") == "path" else of_job}
        _copy(definition, parameter, {"description": "description", "enum": "allowedValues"})
        if of_job != "STRING":
            _copy(definition, parameter, {"minimum": "minValue", "maximum": "maxValue", "default": "default"})
        elif "default" in definition:
            default = definition["default"]
            parameter["default"] = default if isinstance(default, str) else json.dumps(default)
        if kind == "boolean":
            parameter["allowedValues"] = ["true", "false"]
        self._add(parameter)
        # A text stands in a block of its own, where nothing in it can be taken for YAML.
        return f"|2-\n  {{{{Param.{key}}}}}" if kind == "string" else f"{{{{Param.{key}}}}}"

    def _task_parameter(self, key: str, definition: dict[str, Any]) -> str:
        first = definition.get("default", definition.get("minimum", 1))
        span = f"{key}Range"
        text = f"The values of {key}, such as 1-10 or 1-9:2,20."
        self._add({"name": span, "type": "STRING", "default": str(first), "description": text})
        task: dict[str, Any] = {"name": key, "type": "INT", "range": f"{{{{Param.{span}}}}}"}
        chunked = self._chunk is not None and not self._tasks
        if chunked:
            if "string" not in _types(definition):
                raise BadInputError(
                    f"a chunk of tasks is a text, which the schema of run data does not allow: give {key!r} the type "
                    '["integer", "string"], and have on_run call expand_chunk'
                )
            task["type"] = "CHUNK[INT]"
            task["chunks"] = {"defaultTaskCount": self._chunk, "rangeConstraint": "NONCONTIGUOUS"}
        self._tasks.append(task)
        return f'"{{{{Task.Param.{key}}}}}"' if chunked else f"{{{{Task.Param.{key}}}}}"

    def _add(self, parameter: dict[str, Any]) -> None:
        if any(parameter["name"] in {other["name"], _PYTHON} for other in self._parameters):
            raise BadInputError(f"two properties of the schemas would be the job parameter {parameter['name']!r}")
        self._parameters.append(parameter)

    def _environment(self) -> dict[str, Any]:
        start = ["--init-data", "file://{{Env.File.initData}}"]
        rules = ["--path-mapping-rules", "file://{{Session.PathMappingRulesFile}}"]
        stop = min(_ON_EXIT_LIMIT, math.ceil(self._deadlines.stop) + _MARGIN)
        return {
            "embeddedFiles": [
                {"name": "initData", "type": "TEXT", "filename": "init-data.yaml", "data": self._init_data}
            ],
            "actions": {
                "onEnter": self._action(self._deadlines.start, "start", *_CONNECTION, *start, *rules),
                "onExit": {**self._action(None, "stop", *_CONNECTION), "timeout": stop},
            },
        }

    def _script(self) -> dict[str, Any]:
        data = ["--run-data", "file://{{Task.File.runData}}"]
        return {
            "embeddedFiles": [{"name": "runData", "type": "TEXT", "filename": "run-data.yaml", "data": self._run_data}],
            "actions": {"onRun": self._action(self._deadlines.run, "run", *_CONNECTION, *data)},
        }

    def _action(self, limit: float | None, *words: str) -> dict[str, Any]:
        period = min(_LONGEST_PERIOD, math.ceil(self._deadlines.cancel) + _MARGIN // 3)
        program, *arguments = self._command
        action: dict[str, Any] = {
            "command": f"{{{{Param.{_PYTHON}}}}}" if program == sys.executable else program,
            "args": [*arguments, "daemon", *words],
            "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": period},
        }
        if limit is not None:
            action["timeout"] = math.ceil(limit) + _MARGIN
        return action


def _types(definition: dict[str, Any]) -> list[str]:
    named = definition.get("type", [])
    return named if isinstance(named, list) else [named]


def _copy(source: dict[str, Any], target: dict[str, Any], names: dict[str, str]) -> None:
    target.update({new: source[old] for old, new in names.items() if old in source})
