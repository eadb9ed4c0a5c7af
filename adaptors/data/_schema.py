"""A JSON Schema, and the check of data against it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...ipc._errors import BadInputError
from ._json_file import read_json_file
from ._schema_folder import SchemaFolder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._place import CertainPlace, Place
    from ._schema_documents import SchemaDocuments


class Schema:
    """A JSON Schema of any draft from 4 to 2020-12; the latter if ``$schema`` names none.

    The validator is loaded when the first data is checked, or by :meth:`compile`.

    Args:
        schema: The schema.
        path: The file it came from; ``$ref`` finds other files in its folder. None for no file.
        what: What it describes, for the message about a schema without a file; ``"the run data"``.
    """

    def __init__(self, schema: Mapping[str, Any], path: str | None = None, what: str = "") -> None:
        self.schema = dict(schema)
        self.path = path
        self._what = what
        self._validator: Any = None
        self._read: SchemaDocuments | None = None
        self._place: Place | None = None
        self._certain: CertainPlace | None = None

    @classmethod
    def from_file(cls, path: str) -> Schema:
        """Read the schema in a JSON file.

        Raises:
            BadInputError: The file cannot be read or does not hold a mapping.
        """
        return cls(read_json_file(path, "schema"), path)

    def compile(self) -> None:
        """Prepare to check, so that a defect in the schema is found now.

        Raises:
            BadInputError: It is not a valid schema, or it refers to something other than a file in its folder.
        """
        if self._validator is None:
            self._validator = self._build()

    def load(self) -> None:
        """Prepare everything, so that nothing is read or imported after a session has begun.

        Raises:
            BadInputError: As in :meth:`compile`.
        """
        self.compile()
        self.prepare()

    def prepare(self) -> None:
        """Prepare everything but the check itself: ``place``, the defaults, the secrets, and the messages."""
        import difflib  # noqa: F401

        from . import _defaults, _problem, _secret_values  # noqa: F401

        assert self.place is not None
        assert self.certain is not None

    def check(self, data: Any, what: str) -> None:
        """Check that ``data`` fits.

        Args:
            data: The content of a JSON or YAML document.
            what: What it is, for the message; ``"the run data"``.

        Raises:
            BadInputError: It does not fit: the message says in one line where, what was expected, and what was found.
                Or the schema is defective.
        """
        self.compile()
        try:
            errors = list(self._validator.iter_errors(data))
        except ValueError as error:  # what JSON cannot hold: a key that is no text, a date
            raise BadInputError(f"{what} cannot be checked against the schema: {_first_line(error)}") from None
        if errors:
            from ._problem import describe_problem, join_problems

            problems = (describe_problem(error, data, self.place) for error in errors)
            raise BadInputError(f"{what} does not fit the schema: {join_problems(problems, len(errors))}")

    def fill_in(self, data: Any) -> None:
        """Add the schema's defaults for what ``data`` leaves out, at every depth.

        A default counts if it always applies: in ``properties``, also below ``allOf`` and ``$ref``. It does not count
        below ``anyOf``, ``oneOf``, ``not``, and ``if``, where it may belong to a branch that is not taken.
        """
        from ._defaults import fill_in

        if self.certain.may_default:
            fill_in(data, self.certain)

    def secrets_in(self, data: Any) -> list[str]:
        """Return the strings and numbers in ``data`` that must not be shown, as they are written."""
        from ._secret_values import secret_values

        return list(secret_values(data, self.place))

    @property
    def place(self) -> Place:
        """Everything that may apply to the data."""
        if self._place is None:
            from ._place import Place

            self._place = Place(self._documents(), [self._documents().root])
        return self._place

    @property
    def certain(self) -> CertainPlace:
        """What always applies to the data."""
        if self._certain is None:
            from ._place import CertainPlace

            self._certain = CertainPlace(self._documents(), [self._documents().root])
        return self._certain

    def _documents(self) -> SchemaDocuments:
        if self._read is None:
            from ._schema_documents import SchemaDocuments

            self._read = SchemaDocuments(self.schema, self._folder())
        return self._read

    def _folder(self) -> SchemaFolder:
        return SchemaFolder(self.path, self.schema.get("$id"))

    def _build(self) -> Any:
        import jsonschema_rs

        from ._problem import MASK, describe_defect

        folder = self._folder()
        try:
            return jsonschema_rs.validator_for(self.schema, retriever=folder, base_uri=folder.base_uri, mask=MASK)
        except (ValueError, jsonschema_rs.ReferencingError) as error:
            text = describe_defect(error, self.schema) or _first_line(error)
            raise BadInputError(f"{self._name} cannot be used: {text}") from None

    @property
    def _name(self) -> str:
        if self.path:
            return f"the schema {self.path}"
        return f"the schema of {self._what}" if self._what else "the schema"


def _first_line(error: Exception) -> str:
    return str(error).split("\n", 1)[0]
