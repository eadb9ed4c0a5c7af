"""The checks of an adaptor's data before a hook sees any of it."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Optional

import attrs

from .._adaptor import data_class
from .._messages.redaction import INIT_DATA, RUN_DATA, Redaction, redaction
from ..configuration._package_directory import package_directory
from ..data._validators import INIT_DATA_SCHEMA, RUN_DATA_SCHEMA, AdaptorDataValidator

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Callable

    from .._adaptor import BaseAdaptor
    from .._typed_data.typed_data import TypedData
    from ..data._schema import Schema


LONGEST_SHOWN = 64 * 1024
"""Bytes of data, as JSON, that a journal keeps of a task or a session."""


@attrs.frozen
class DataCheck:
    """The check of init data or of run data: first the author's schema, then the author's class.

    Attributes:
        group: Whose secrets it finds.
        validator: Checks the data against a schema; None for no schema.
        typed: Makes an instance of a class; None for no class.
        map_path: Maps the paths in such an instance.
    """

    group: str
    validator: Optional[AdaptorDataValidator] = None
    typed: Optional[TypedData] = None
    map_path: Callable[[str], str] = str

    @property
    def schema(self) -> Schema | None:
        """The schema of the data: the one that follows from the class, else the author's; None for neither."""
        if self.typed is not None:
            return self.typed.schema
        return None if self.validator is None else self.validator.schema

    def __call__(self, data: Any) -> Any:
        """Return the data as a hook gets it, and hide its secrets from now on.

        Args:
            data: The data, which gets the defaults of the schema.

        Raises:
            BadInputError: It does not fit.
        """
        if self.validator is not None:
            self.validator.schema.fill_in(data)
        if self.schema is not None:
            redaction.hold(self.group, self._secrets_in(data))
        if self.validator is not None:
            self.validator.validate(data)
        return data if self.typed is None else self.typed.instance(data, self.map_path)

    def shown(self, data: Any) -> Any:
        """Return a copy of data that was checked, without its secrets; a note instead if it is very long.

        Args:
            data: The data as JSON values.
        """
        hiding = Redaction()
        hiding.hold(self.group, self._secrets_in(data))
        shown = hiding.hide_in(data)
        length = len(json.dumps(shown))
        return shown if length <= LONGEST_SHOWN else f"({length} bytes, too long for the journal)"

    def _secrets_in(self, data: Any) -> list[str]:
        secrets: list[str] = []
        if self.validator is not None:
            secrets += self.validator.schema.secrets_in(data)
        if self.typed is not None:
            secrets += self.typed.secrets_in(data)
        return secrets


@attrs.frozen
class DataChecks:
    """The checks for an adaptor.

    Attributes:
        init_data: Checks init data.
        run_data: Checks run data.
    """

    init_data: DataCheck = DataCheck(INIT_DATA)
    run_data: DataCheck = DataCheck(RUN_DATA)

    @classmethod
    def of(
        cls, adaptor_class: type[BaseAdaptor[Any]], path_mapping_data: Mapping[str, Any] | None = None
    ) -> DataChecks:
        """Find an adaptor's schemas and classes.

        Schemas are the class attributes ``init_data_schema`` and ``run_data_schema``, or the files
        ``schemas/init_data.schema.json`` and ``schemas/run_data.schema.json`` next to the adaptor's module. The classes
        are ``InitData`` and ``RunData``.

        Args:
            adaptor_class: The adaptor.
            path_mapping_data: The path mapping rules as the scheduler gave them, for typed data.

        Raises:
            BadInputError: A schema or a class is defective.
        """
        init_data = _validator(adaptor_class, adaptor_class.init_data_schema, INIT_DATA_SCHEMA, "the init data")
        run_data = _validator(adaptor_class, adaptor_class.run_data_schema, RUN_DATA_SCHEMA, "the run data")
        return cls(
            _check(adaptor_class, "InitData", DataCheck(INIT_DATA, init_data), path_mapping_data),
            _check(adaptor_class, "RunData", DataCheck(RUN_DATA, run_data), path_mapping_data),
        )

    def check_init_data(self, data: Any) -> None:
        """Add the schema's defaults to init data, and hide its secrets from now on.

        The adaptor makes an instance of its class itself, since its constructor gets the data and may change it.

        Args:
            data: The data, which gets the defaults that a hook sees.

        Raises:
            BadInputError: It does not fit.
        """
        self.init_data(data)

    def check_run_data(self, data: Any) -> Any:
        """Do the same with run data, and return it as the hook gets it.

        Args:
            data: The data, which gets the defaults of the schema.

        Raises:
            BadInputError: It does not fit.
        """
        return self.run_data(data)


def _check(
    adaptor_class: type[BaseAdaptor[Any]], name: str, check: DataCheck, path_mapping_data: Mapping[str, Any] | None
) -> DataCheck:
    """Return a check that also makes an instance of the adaptor's class, if it has one."""
    if data_class(adaptor_class, name) is None:
        return check
    from .._typed_data.adoption import path_mapper
    from .._typed_data.typed_data import typed_data

    typed = typed_data(adaptor_class, name)
    typed.load()
    return attrs.evolve(check, typed=typed, map_path=path_mapper(path_mapping_data))


def _validator(
    adaptor_class: type[BaseAdaptor[Any]], declared: Any, file_name: str, what: str
) -> AdaptorDataValidator | None:
    if declared is not None:
        validator = AdaptorDataValidator(declared, what)
    else:
        directory = package_directory(adaptor_class)
        path = os.path.join(directory, "schemas", file_name) if directory else ""
        if not os.path.lexists(path):
            return None
        validator = AdaptorDataValidator.from_schema_file(path, what)
    validator.schema.load()
    return validator
