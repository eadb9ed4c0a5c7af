"""An Open Job Description job template for an adaptor, made from its schemas and deadlines."""

from __future__ import annotations

import math
import re
import sys
from typing import TYPE_CHECKING, Any

from ...ipc._errors import BadInputError
from ...ipc._processes.typed_command import path_in_shell, shell_text
from .properties import BRACES, CONTROL

if TYPE_CHECKING:
    from .._deadlines import Deadlines
    from .parameters import JobParameters

_REFERENCE = re.compile(r"\{\{ *Param\.(\w+) *\}\}")
_CONNECTION = ["--connection-file", "{{Session.WorkingDirectory}}/connection.json"]
_WRITTEN = ("FILE", "OUT")
_LONGEST_JOB_NAME = 128
_LONGEST_STEP_NAME = 64
_MARGIN = 30
"""Extra seconds of an action beyond the deadline of its phase: the runtime should be the one to end it."""

_ON_EXIT_LIMIT = 300
_LONGEST_PERIOD = 600


class JobTemplate:
    """Write the template of one job (Open Job Description 2023-09, "Template Schemas").

    Args:
        name: The job's name.
        command: The adaptor's command line, in which a job parameter replaces this interpreter.
        parameters: The parameters of the job and of its tasks.
        deadlines: Determine the timeouts of actions and the period of a cancel.
        may_load: Whether a task may begin with a restart of the application, which has the deadline of a start.

    Raises:
        BadInputError: The name is not a valid job name, or it refers to something other than a job parameter.
    """

    def __init__(
        self,
        name: str,
        command: list[str],
        parameters: JobParameters,
        deadlines: Deadlines,
        *,
        may_load: bool = False,
    ) -> None:
        if len(name) > _LONGEST_JOB_NAME or re.search(CONTROL, name):
            raise BadInputError(f"a job name is one line of at most {_LONGEST_JOB_NAME} characters")
        known = {parameters.python, *(one["name"] for one in parameters.of_job)}
        if BRACES.search(_REFERENCE.sub(lambda found: "" if found[1] in known else found[0], name)):
            raise BadInputError(
                "--name: a scheduler takes {{ and }} for a reference: write a job parameter between them, "
                f"such as {{{{Param.{parameters.python}}}}}"
            )
        self._name = name
        self._command = command
        self._parameters = parameters
        self._deadlines = deadlines
        self._may_load = may_load

    def to_dict(self) -> dict[str, Any]:
        """Return the template, ready for YAML or JSON."""
        python = {
            "name": self._parameters.python,
            "type": "STRING",
            "default": "python",
            "description": "Where the adaptor is installed.",
        }
        step: dict[str, Any] = {"name": self._name[:_LONGEST_STEP_NAME]}
        if self._parameters.of_tasks:
            step["parameterSpace"] = {"taskParameterDefinitions": self._parameters.of_tasks}
        step["stepEnvironments"] = [{"name": "Adaptor", "script": self._environment()}]
        step["script"] = self._script()
        head: dict[str, Any] = {"specificationVersion": "jobtemplate-2023-09"}
        if self._parameters.is_chunked:
            head["extensions"] = ["TASK_CHUNKING"]
        definitions = [*self._parameters.of_job, python]
        return {**head, "name": self._name, "parameterDefinitions": definitions, "steps": [step]}

    def comments(self) -> list[str]:
        """Return lines for the beginning of the file: how to run the job, and what may have to be changed."""
        parameters = self._parameters
        extensions = "--extensions TASK_CHUNKING " if parameters.is_chunked else ""
        values = [
            f"-p {one['name']}={_example(one)}"
            for one in parameters.of_job
            if "default" not in one or one["name"] in parameters.ranges
        ]
        python = f"-p {parameters.python}={path_in_shell('python')}"
        run = f"openjd run job.yaml {extensions}{' '.join([*values, python])}"
        files = [one["name"] for one in parameters.of_job if (one.get("objectType"), one.get("dataFlow")) == _WRITTEN]
        remedy = 'A folder needs metadata={"object_type": "DIRECTORY"} on its field.'
        return [
            f"Run it on this computer:  {run}",
            *(f"{name} is one file. {remedy}" for name in files),
            *(f"No parameter: {name!a}, {reason}." for name, reason in parameters.left_out.items()),
        ]

    def _environment(self) -> dict[str, Any]:
        start = ["--init-data", "file://{{Env.File.initData}}"]
        rules = ["--path-mapping-rules", "file://{{Session.PathMappingRulesFile}}"]
        stop = min(_ON_EXIT_LIMIT, math.ceil(self._deadlines.stop) + _MARGIN)
        return {
            "embeddedFiles": [
                {"name": "initData", "type": "TEXT", "filename": "init-data.yaml", "data": self._parameters.init_data}
            ],
            "actions": {
                "onEnter": self._action(self._deadlines.start, "start", *_CONNECTION, *start, *rules),
                "onExit": {**self._action(None, "stop", *_CONNECTION), "timeout": stop},
            },
        }

    def _script(self) -> dict[str, Any]:
        data = ["--run-data", "file://{{Task.File.runData}}"]
        return {
            "embeddedFiles": [
                {"name": "runData", "type": "TEXT", "filename": "run-data.yaml", "data": self._parameters.run_data}
            ],
            "actions": {"onRun": self._action(self._task_limit(), "run", *_CONNECTION, *data)},
        }

    def _task_limit(self) -> float | None:
        run, start = self._deadlines.run, self._deadlines.start if self._may_load else 0.0
        return None if run is None or start is None else run + start

    def _action(self, limit: float | None, *words: str) -> dict[str, Any]:
        period = min(_LONGEST_PERIOD, math.ceil(self._deadlines.cancel) + _MARGIN // 3)
        program, *arguments = self._command
        action: dict[str, Any] = {
            "command": f"{{{{Param.{self._parameters.python}}}}}" if program == sys.executable else program,
            "args": [*arguments, "daemon", *words],
            "cancelation": {"mode": "NOTIFY_THEN_TERMINATE", "notifyPeriodInSeconds": period},
        }
        if limit is not None:
            action["timeout"] = math.ceil(limit) + _MARGIN
        return action


def _example(parameter: dict[str, Any]) -> str:
    """Return a value for a job parameter on a command line: its default, the first of its values, or what it is."""
    if "default" in parameter:
        return shell_text([str(parameter["default"])])
    if parameter.get("allowedValues"):
        return shell_text([str(parameter["allowedValues"][0])])
    if parameter["type"] == "PATH":
        return str(parameter.get("objectType", "PATH"))
    return "TEXT" if parameter["type"] == "STRING" else "NUMBER"
