"""Check init data and run data against the JSON Schemas of an adaptor."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import attrs

from ._schema import Schema

if TYPE_CHECKING:
    from collections.abc import Mapping

INIT_DATA_SCHEMA = "init_data.schema.json"
RUN_DATA_SCHEMA = "run_data.schema.json"


class AdaptorDataValidator:
    """Check data against one schema.

    >>> AdaptorDataValidator({"properties": {"frame": {"type": "integer"}}}).validate({"frame": 1})
    """

    def __init__(self, schema: Mapping[str, Any] | Schema, what: str = "the data") -> None:
        self.schema = schema if isinstance(schema, Schema) else Schema(schema, what=what)
        self._what = what

    @classmethod
    def from_schema_file(cls, schema_path: str, what: str = "the data") -> AdaptorDataValidator:
        """Return a validator for the schema in a JSON file.

        Args:
            schema_path: The file; ``$ref`` may lead to files in the same folder.
            what: What is checked, for messages.

        Raises:
            BadInputError: The file cannot be read or does not hold a mapping.
        """
        return cls(Schema.from_file(os.fspath(schema_path)), what)

    def validate(self, data: Mapping[str, Any] | str) -> None:
        """Check that ``data`` fits the schema.

        Args:
            data: A mapping; or a text that holds one as JSON or YAML; or ``file://`` and the path of such a text.

        Raises:
            BadInputError: It cannot be read or does not fit: the message says where, what was expected, and what was
                found. Or the schema itself is defective.
        """
        if isinstance(data, str):
            from ._load import load_mapping

            data = load_mapping(data, self._what)
        self.schema.check(data, self._what)


@attrs.frozen
class AdaptorDataValidators:
    """The two validators of an adaptor.

    Attributes:
        init_data: Checks init data.
        run_data: Checks run data.
    """

    init_data: AdaptorDataValidator
    run_data: AdaptorDataValidator

    @classmethod
    def for_adaptor(cls, schema_dir: str) -> AdaptorDataValidators:
        """Read ``init_data.schema.json`` and ``run_data.schema.json`` in a folder.

        Raises:
            BadInputError: One of them cannot be read or does not hold a mapping.
        """
        return cls(
            AdaptorDataValidator.from_schema_file(os.path.join(schema_dir, INIT_DATA_SCHEMA), "the init data"),
            AdaptorDataValidator.from_schema_file(os.path.join(schema_dir, RUN_DATA_SCHEMA), "the run data"),
        )
