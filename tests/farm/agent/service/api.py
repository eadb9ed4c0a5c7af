"""The operations of the service, as botocore's model of it describes them: addresses, arguments and answers."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from urllib.parse import unquote

import botocore.session
from botocore.validate import ParamValidator


class Operation:
    """One operation of a service with REST addresses."""

    def __init__(self, model):
        self.name = model.name
        self.output = model.output_shape
        self._method = model.http["method"]
        self._address = re.compile(
            re.sub(r"\{(\w+)\+?\}", r"(?P<\1>[^/]+)", model.http["requestUri"].partition("?")[0])
        )

    def arguments(self, method, path):
        """Return the arguments in the address of a request; None if it is for another operation."""
        match = self._address.fullmatch(path) if method == self._method else None
        return None if match is None else {name: unquote(value) for name, value in match.groupdict().items()}

    def answer(self, content):
        """Return an answer as it is sent. What the model does not allow in it is a defect of this service."""
        return serialized(self.output, content)


class Api:
    """Finds the operation that a request is for."""

    def __init__(self):
        session = botocore.session.get_session()
        model = session.get_service_model("deadline")
        self._operations = [Operation(model.operation_model(name)) for name in model.operation_names]
        self._logs = session.get_service_model("logs")

    def find(self, method, path):
        """Return the operation with its arguments; None if there is none at this address."""
        for operation in self._operations:
            arguments = operation.arguments(method, path.partition("?")[0])
            if arguments is not None:
                return operation, arguments
        return None

    def log_answer(self, name, content):
        """Return the answer of an operation of CloudWatch Logs."""
        return serialized(self._logs.operation_model(name).output_shape, content)


def serialized(shape, content):
    """Return the JSON of an answer that fits the model, without members that the model does not know."""
    if shape is not None:
        report = ParamValidator().validate(content, shape)
        if report.has_errors():
            raise ValueError(f"{shape.name}: {report.generate_report()}")
        check_names(shape, content)
    return json.dumps(content, default=time_text).encode()


def check_names(shape, content):
    """Raise if a structure has a member that the model does not know: botocore would silently drop it."""
    if shape.type_name == "structure" and not getattr(shape, "is_document_type", False):
        strange = set(content) - set(shape.members)
        if strange:
            raise ValueError(f"{shape.name} has no {', '.join(sorted(strange))}")
        for name, value in content.items():
            check_names(shape.members[name], value)
    elif shape.type_name == "list":
        for value in content:
            check_names(shape.member, value)
    elif shape.type_name == "map":
        for value in content.values():
            check_names(shape.value, value)


def time_text(value):
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    raise TypeError(f"{value!r} has no JSON")
