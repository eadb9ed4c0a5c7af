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
    from typing import Callable

    from ._deadlines import Deadlines

_PYTHON = "PythonExecutable"
_CONNECTION = ["--connection-file", "{{Session.WorkingDirectory}}/connection.json"]
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_LONGEST_JOB_NAME = 128
_LONGEST_STEP_NAME = 64
_LONGEST_DESCRIPTION = 2048
_CONTROL = r"[\x00-\x1f\x7f-\x9f]+"
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
        BadInputError: The job or a property has a name that it cannot have, or the tasks cannot be chunked.
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
        if len(name) > _LONGEST_JOB_NAME or re.search(_CONTROL, name):
            message = f"the name of a job is one line of at most {_LONGEST_JOB_NAME} characters"
            raise BadInputError(message)
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
        step: dict[str, Any] = {"name": self._name[:_LONGEST_STEP_NAME]}
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
            if key not in required and definition.get("default") is None:
                continue
            is_task = tasks and "integer" in _types(definition)
            value = self._task_parameter(key, definition) if is_task else self._parameter(key, definition)
            yield f"{key}: {value}\n"

    def _parameter(self, key: str, definition: dict[str, Any]) -> str:
        """Add a job parameter; return what stands for its value in a data file."""
        kind = _kind(definition)
        of_job = {"integer": "INT", "number": "FLOAT"}.get(kind, "STRING")
        parameter: dict[str, Any] = {"name": key, "type": "PATH" if definition.get("format") == "path" else of_job}
        description = re.sub(_CONTROL, " ", definition.get("description", "")).strip()
        if description:
            parameter["description"] = description[:_LONGEST_DESCRIPTION]
        parameter.update(_limits(definition, {"INT": _INTEGER, "FLOAT": _NUMBER}.get(of_job, _TEXT)))
        if kind == "boolean":
            parameter["allowedValues"] = ["true", "false"]
        self._add(parameter)
        # A text stands in a block of its own, where nothing in its line can be taken for YAML; the 2 keeps its blanks.
        return f"|2-\n  {{{{Param.{key}}}}}" if kind == "string" else f"{{{{Param.{key}}}}}"

    def _task_parameter(self, key: str, definition: dict[str, Any]) -> str:
        first = definition.get("default")
        if first is None:
            first = math.ceil(definition.get("minimum", 1))
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
        name = parameter["name"]
        if _NAME.fullmatch(name) is None:
            raise BadInputError(f"the property {name!r} of the schema cannot be the name of a job parameter")
        if name in {_PYTHON, *(other["name"] for other in self._parameters)}:
            raise BadInputError(f"the job parameter {name!r} would be there twice")
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


def _kind(definition: dict[str, Any]) -> str:
    """Return the first type that is not null, which a property is by being absent; text where none is named."""
    kinds = [each for each in _types(definition) if each != "null"]
    only_texts = all(each is None or isinstance(each, str) for each in definition.get("enum", []))
    return kinds[0] if kinds else "string" if only_texts else "any"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


_TEXT: dict[str, Callable[[Any], Any]] = {"default": _text, "enum": _text}
_NUMBER: dict[str, Callable[[Any], Any]] = {"default": float, "enum": float, "minimum": float, "maximum": float}
_INTEGER: dict[str, Callable[[Any], Any]] = {"default": int, "enum": int, "minimum": math.ceil, "maximum": math.floor}
"""What makes of a schema's values those of a job parameter, by the keyword of the schema."""


def _limits(definition: dict[str, Any], makers: dict[str, Callable[[Any], Any]]) -> dict[str, Any]:
    """Return what a schema says of a property's values, in the words of a job parameter."""
    names = {"default": "default", "enum": "allowedValues", "minimum": "minValue", "maximum": "maxValue"}
    found: dict[str, Any] = {}
    for keyword, make in makers.items():
        value = definition.get(keyword)
        try:
            made = [make(each) for each in value or [] if each is not None] if keyword == "enum" else make(value)
        except (TypeError, ValueError, OverflowError):
            continue  # there is none, or it is no value of this type
        if value is not None and made != []:
            found[names[keyword]] = made
    return found
