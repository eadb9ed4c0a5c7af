"""A JSON Schema, and the check of data against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...ipc._errors import BadInputError
from ._json_file import read_json_file

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_PROBLEMS = 3
"""How many of the problems a message tells."""


class Schema:
    """A JSON Schema of any draft from 4 to 2020-12, which is taken where ``$schema`` names none.

    The validator is loaded when the first data is checked, or with :meth:`compile`.

    Args:
        schema: The schema.
        path: The file that it came from; ``$ref`` finds other files in its folder. None for no file.
    """

    def __init__(self, schema: Mapping[str, Any], path: str | None = None) -> None:
        self.schema = dict(schema)
        self.path = path
        self._validator: Any = None

    @classmethod
    def from_file(cls, path: str) -> Schema:
        """Read the schema in a JSON file.

        Raises:
            BadInputError: The file cannot be read or holds no mapping.
        """
        return cls(read_json_file(path, "schema"), path)

    def compile(self) -> None:
        """Make ready to check, so that a defect of the schema comes to light now.

        Raises:
            BadInputError: It is no valid schema, or refers to something other than a file in its folder.
        """
        if self._validator is None:
            self._validator = self._build()

    def check(self, data: Any, what: str) -> None:
        """Check that ``data`` fits.

        Args:
            data: What a JSON or YAML document holds.
            what: What it is, for the message; ``"the run data"``.

        Raises:
            BadInputError: It does not fit; the message is one line with the places, what was expected and what was
                there. Or the schema is defective.
        """
        from ._problem import describe_problem

        self.compile()
        try:
            errors = list(self._validator.iter_errors(data))
        except ValueError as error:  # what JSON cannot hold: a key that is no text, a date
            message = f"{what} cannot be checked against the schema: {_first_line(error)}"
            raise BadInputError(message) from None
        if errors:
            problems = [describe_problem(error, data, self.schema) for error in errors[:MOST_PROBLEMS]]
            more = f"; and {len(errors) - MOST_PROBLEMS} more" if len(errors) > MOST_PROBLEMS else ""
            message = f"{what} does not fit the schema: {'; '.join(problems)}{more}"
            raise BadInputError(message)

    def _build(self) -> Any:
        import jsonschema_rs

        from ._problem import MASK
        from ._schema_folder import SchemaFolder

        folder = SchemaFolder(self.path, self.schema.get("$id"))
        try:
            return jsonschema_rs.validator_for(self.schema, retriever=folder, base_uri=folder.base_uri, mask=MASK)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            name = f"the schema {self.path}" if self.path else "the schema"
            message = f"{name} cannot be used: {_first_line(error)}"
            raise BadInputError(message) from None


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
