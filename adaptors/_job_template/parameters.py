"""The parameters of a job and its tasks, made from the schemas of an adaptor's data."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Optional

import attrs

from ...ipc._errors import BadInputError
from ..data._nearest import did_you_mean
from .properties import BRACES, NAME, JobProperty, properties_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Callable

    from ..data._place import CertainPlace

MOST_PARAMETERS = 50
"""The most parameters of a job (2023-09)."""

MOST_OF_TASKS = 16
"""The most task parameters of a step (2023-09)."""


@attrs.frozen
class Choice:
    """The choices of the user who makes a template.

    Attributes:
        of_tasks: The properties of run data that become task parameters; empty for the default one.
        of_job: Optional properties without a default that become job parameters anyway.
        chunk: The most values of the first task parameter per task (RFC 0001, ``TASK_CHUNKING``); None for one each.
        is_contiguous: Chunks have no gaps.
    """

    of_tasks: tuple[str, ...] = ()
    of_job: tuple[str, ...] = ()
    chunk: Optional[int] = None
    is_contiguous: bool = False


class JobParameters:
    """Make the parameters, and the data files that contain their values.

    Properties that the schemas require or that have a default become job parameters. The runtime fills in a default
    that does not fit a parameter or has no room.

    Args:
        init_data: The schema of init data; None for no schema.
        run_data: The same for run data. One integer becomes a task parameter, whose range is a job parameter.
        choice: The user's choices.

    Attributes:
        python: The name of the job parameter for the Python interpreter.
        of_job: The definitions of the other job parameters.
        of_tasks: Those of the task parameters.
        init_data: The data file of the session, with references to parameters.
        run_data: The same of a task.
        ranges: Those job parameters that hold the values of a task parameter.
        left_out: The properties that did not become parameters, with the reason.

    Raises:
        BadInputError: A property name is not a valid parameter name, a job has no room for all properties, or the
            choice does not fit the schema.
    """

    def __init__(self, init_data: CertainPlace | None, run_data: CertainPlace | None, choice: Choice) -> None:
        self._choice = choice
        self.of_job: list[dict[str, Any]] = []
        self.of_tasks: list[dict[str, Any]] = []
        self.ranges: list[str] = []
        self.left_out: dict[str, str] = {}
        properties = [*properties_of(init_data, is_of_tasks=False), *properties_of(run_data, is_of_tasks=True)]
        self._style = _style_of([one.name for one in properties])
        self.python = self._style("python", "executable")
        self._dimensions = self._choose(properties)
        self._refuse_unknown(properties)
        kept = self._fit([one for one in properties if self._is_wanted(one)])
        lines = [(one.is_of_tasks, f"{one.name}: {self._add(one)}\n") for one in kept]
        self.init_data = "".join(line for is_of_tasks, line in lines if not is_of_tasks) or "{}\n"
        self.run_data = "".join(line for is_of_tasks, line in lines if is_of_tasks) or "{}\n"

    @property
    def is_chunked(self) -> bool:
        """Whether a task gets several values of a parameter."""
        return any("chunks" in one for one in self.of_tasks)

    def _choose(self, properties: Sequence[JobProperty]) -> list[str]:
        """Return the task parameters: the chosen ones, else the first frames or integer, preferably a required one."""
        if self._choice.of_tasks:
            return list(dict.fromkeys(self._choice.of_tasks))
        integers = [one for one in properties if one.is_of_tasks and "integer" in one.types]
        integers.sort(key=lambda one: (not one.is_frames, not one.is_required))
        return [one.name for one in integers[:1]]

    def _refuse_unknown(self, properties: Sequence[JobProperty]) -> None:
        of_tasks = {one.name: one for one in properties if one.is_of_tasks}
        everything = {one.name for one in properties}
        for option, names, known in (
            ("--task-parameter", self._dimensions, set(of_tasks)),
            ("--job-parameter", self._choice.of_job, everything),
        ):
            for name in names:
                if name not in known:
                    what = "run data" if option == "--task-parameter" else "init data or run data"
                    raise BadInputError(f"{option}: the {what} schema has no {name!r}{did_you_mean(name, known)}")
        for name in self._dimensions:
            if "integer" not in of_tasks[name].types and not of_tasks[name].texts:
                raise BadInputError(
                    f"--task-parameter: {name!r} is neither an integer nor a string with an enum, so it has no range"
                )
        if len(self._dimensions) > MOST_OF_TASKS:
            raise BadInputError(
                f"--task-parameter: {len(self._dimensions)} given; a step can have at most {MOST_OF_TASKS}"
            )

    def _is_wanted(self, one: JobProperty) -> bool:
        if one.name in self._dimensions and one.is_of_tasks:
            return True
        if one.name in self._choice.of_job or (one.is_required and not one.has_default):
            return True
        if not one.has_default:
            self.left_out[one.name] = f"not required; --job-parameter {one.name} adds it"
            return False
        if one.is_secret:
            self.left_out[one.name] = "its default is a secret"
            return False
        if not one.fits:
            self.left_out[one.name] = "its name or its default does not fit a job parameter; the default applies"
            return False
        return True

    def _fit(self, wanted: list[JobProperty]) -> list[JobProperty]:
        """Leave out properties with a default, the last ones first, until the others have room."""
        room = MOST_PARAMETERS - 1  # for the interpreter
        kept = list(wanted)
        for one in reversed(wanted):
            if len(kept) <= room:
                break
            if one.has_default and one.name not in {*self._dimensions, *self._choice.of_job}:
                kept.remove(one)
                self.left_out[one.name] = f"a job has at most {MOST_PARAMETERS} parameters; the default applies"
        if len(kept) > room:
            raise BadInputError(
                f"the schemas require {len(kept)} properties, but a job has room for only {room} parameters beside "
                f"{self.python}: group some of them in one object property, or give them defaults"
            )
        return kept

    def _add(self, one: JobProperty) -> str:
        """Add a property's parameters; return the reference to its value in a data file."""
        if one.is_of_tasks and one.name in self._dimensions:
            return self._task_parameter(one)
        self._define(one.job_parameter())
        # A string gets its own block, where nothing in its line can pass for YAML; the 2 keeps its blanks.
        reference = f"{{{{{one.reference}}}}}"
        return f"|2-\n  {reference}" if one.kind == "string" else reference

    def _task_parameter(self, one: JobProperty) -> str:
        reference = f"{{{{Task.Param.{one.name}}}}}"
        if "integer" not in one.types:
            for text in filter(BRACES.search, one.texts):
                raise BadInputError(
                    f"--task-parameter: {one.name!r} has the value {text!r}, which a scheduler takes for a reference: "
                    "change it, or vary another property"
                )
            self.of_tasks.append({"name": one.name, "type": "STRING", "range": one.texts})
            return f"|2-\n  {reference}"
        first = one.definition.get("default")
        if not isinstance(first, int) and not (one.is_frames and isinstance(first, str)):
            first = math.ceil(one.definition.get("minimum", 1))
        span = self._style(one.name, "range")
        self.ranges.append(span)
        text = f"The values of {one.name}, such as 1-10 or 1-9:2,20."
        self._define({"name": span, "type": "STRING", "default": str(first), "description": text})
        task: dict[str, Any] = {"name": one.name, "type": "INT", "range": f"{{{{Param.{span}}}}}"}
        is_chunked = self._choice.chunk is not None and one.name == self._dimensions[0]
        if is_chunked:
            if "string" not in one.types:
                raise BadInputError(
                    "a task chunk is a string, which the run data schema does not allow: give "
                    f'{one.name!r} the type ["integer", "string"], and call expand_chunk in on_run; in a data class, '
                    "the type Frames"
                )
            constraint = "CONTIGUOUS" if self._choice.is_contiguous else "NONCONTIGUOUS"
            task["type"] = "CHUNK[INT]"
            task["chunks"] = {"defaultTaskCount": self._choice.chunk, "rangeConstraint": constraint}
        self.of_tasks.append(task)
        return f'"{reference}"' if is_chunked else reference

    def _define(self, parameter: dict[str, Any]) -> None:
        name = parameter["name"]
        if NAME.fullmatch(name) is None:
            raise BadInputError(f"the property {name!r} of the schema cannot be the name of a job parameter")
        if name in {self.python, *(other["name"] for other in self.of_job)}:
            raise BadInputError(f"the job parameter {name!r} would exist twice")
        if not _has_valid_default(parameter):
            raise BadInputError(f"the default of the property {name!r} does not fit the schema: change one of the two")
        self.of_job.append(parameter)


def _style_of(names: Sequence[str]) -> Callable[[str, str], str]:
    """Return what joins two words as an author writes names: ``scene_file``, ``sceneFile``, or ``SceneFile``.

    >>> [_style_of(names)("python", "executable") for names in (["a"], ["a", "aB"], ["A"])]
    ['python_executable', 'pythonExecutable', 'PythonExecutable']
    """
    has_capitals = any(letter.isupper() for name in names for letter in name)
    if not has_capitals or any("_" in name for name in names):
        return lambda first, second: f"{first}_{second}"
    if any(name[:1].isupper() for name in names):
        return lambda first, second: f"{first[:1].upper()}{first[1:]}{second.capitalize()}"
    return lambda first, second: f"{first}{second.capitalize()}"


def _has_valid_default(parameter: dict[str, Any]) -> bool:
    """Return whether the default of a job parameter, if any, is one of its values."""
    if "default" not in parameter:
        return True
    value = parameter["default"]
    return (
        value in parameter.get("allowedValues", [value])
        and value >= parameter.get("minValue", value)
        and value <= parameter.get("maxValue", value)
    )
