"""A job as the service keeps it: made from a template by the model of Open Job Description that the agent uses."""

from __future__ import annotations

import uuid
from pathlib import Path

from openjd.model import (
    DocumentType,
    ParameterValueType,
    StepParameterSpaceIterator,
    create_job,
    decode_job_template,
    document_string_to_object,
    preprocess_job_parameters,
)

FARM, FLEET, QUEUE, JOB, STEP = (
    f"{kind}-{uuid.uuid5(uuid.NAMESPACE_DNS, kind).hex}" for kind in ("farm", "fleet", "queue", "job", "step")
)
LOG_GROUP = f"/aws/deadline/{FARM}/{QUEUE}"
PARAMETERS = {
    ParameterValueType.STRING: "string",
    ParameterValueType.PATH: "path",
    ParameterValueType.INT: "int",
    ParameterValueType.FLOAT: "float",
    ParameterValueType.CHUNK_INT: "chunkInt",
}
SCHEMA_VERSION = "jobtemplate-2023-09"


class Job:
    """A job of one step.

    Args:
        template: The text of the template.
        parameters: The values of its parameters, as a user enters them.
        path_mapping: Source and destination of each rule.
        user: The POSIX user and group that run it; None for those of the agent.
    """

    def __init__(self, template, parameters, path_mapping, user):
        content = document_string_to_object(document=template, document_type=DocumentType.YAML)
        self._extensions = content.get("extensions", [])
        decoded = decode_job_template(template=content, supported_extensions=self._extensions)
        here = Path.cwd()
        values = preprocess_job_parameters(
            job_template=decoded,
            job_parameter_values=parameters,
            job_template_dir=here,
            current_working_dir=here,
            allow_job_template_dir_walk_up=True,
        )
        (self._step,) = content["steps"]
        (step,) = create_job(job_template=decoded, job_parameter_values=values).steps
        self._parameters = sent(values)
        self._path_mapping = path_mapping
        self._user = user
        self._environments = {
            f"STEP:{STEP}:{environment['name']}": environment for environment in self._step.pop("stepEnvironments", [])
        }
        self.tasks = [sent(task) for task in StepParameterSpaceIterator(space=step.parameterSpace)]

    @property
    def environments(self):
        """The identifiers of its environments, in the order in which they are entered."""
        return list(self._environments)

    def entity(self, identifier):
        """Return what the agent asks for by an identifier."""
        ((kind, _),) = identifier.items()
        return {kind: {"jobId": JOB, **getattr(self, f"_{kind}")(identifier[kind])}}

    def _jobDetails(self, _):  # noqa: N802  # named as the service names it
        rules = [
            {"sourcePathFormat": "posix", "sourcePath": source, "destinationPath": destination}
            for source, destination in self._path_mapping
        ]
        run_as = {"runAs": "WORKER_AGENT_USER"}
        if self._user is not None:
            user, group = self._user
            run_as = {"runAs": "QUEUE_CONFIGURED_USER", "posix": {"user": user, "group": group}}
        return {
            "jobRunAsUser": run_as,
            "logGroupName": LOG_GROUP,
            "parameters": self._parameters,
            "pathMappingRules": rules,
            "schemaVersion": SCHEMA_VERSION,
            "extensions": self._extensions,
            "queueRoleArn": f"arn:aws:iam::123456789012:role/{QUEUE}",
        }

    def _stepDetails(self, _):  # noqa: N802
        return {
            "stepId": STEP,
            "schemaVersion": SCHEMA_VERSION,
            "template": {name: self._step[name] for name in ("name", "script")},
            "dependencies": [],
            "extensions": self._extensions,
        }

    def _environmentDetails(self, identifier):  # noqa: N802
        name = identifier["environmentId"]
        return {
            "environmentId": name,
            "schemaVersion": SCHEMA_VERSION,
            "template": self._environments[name],
            "extensions": self._extensions,
        }


def sent(values):
    """Return values of parameters as the service sends them."""
    return {name: {PARAMETERS[value.type]: str(value.value)} for name, value in values.items()}
