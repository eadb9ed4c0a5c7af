"""The checks of an adaptor's data before a hook sees any of it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Optional

import attrs

from .._messages.redaction import INIT_DATA, RUN_DATA, redaction
from ..configuration._package_directory import package_directory
from ..data._validators import INIT_DATA_SCHEMA, RUN_DATA_SCHEMA, AdaptorDataValidator

if TYPE_CHECKING:
    from .._adaptor import BaseAdaptor


@attrs.frozen
class DataChecks:
    """The checks for an adaptor; none without a schema.

    Attributes:
        init_data: Checks init data; None for no check.
        run_data: Checks run data; None for no check.
    """

    init_data: Optional[AdaptorDataValidator] = None
    run_data: Optional[AdaptorDataValidator] = None

    @classmethod
    def of(cls, adaptor_class: type[BaseAdaptor[Any]]) -> DataChecks:
        """Find an adaptor's schemas.

        They are the class attributes ``init_data_schema`` and ``run_data_schema``, or the files
        ``schemas/init_data.schema.json`` and ``schemas/run_data.schema.json`` next to the adaptor's module.

        Raises:
            BadInputError: One of the schemas is defective.
        """
        return cls(
            _validator(adaptor_class, adaptor_class.init_data_schema, INIT_DATA_SCHEMA, "the init data"),
            _validator(adaptor_class, adaptor_class.run_data_schema, RUN_DATA_SCHEMA, "the run data"),
        )

    def check_init_data(self, data: Any) -> None:
        """Add the schema's defaults to init data, and hide its secrets from now on.

        Args:
            data: The data, which gets the defaults that a hook sees.

        Raises:
            BadInputError: It does not fit the schema.
        """
        if self.init_data is not None:
            _check(self.init_data, data, INIT_DATA)

    def check_run_data(self, data: Any) -> None:
        """Do the same with run data.

        Args:
            data: The data, which gets the defaults that a hook sees.

        Raises:
            BadInputError: It does not fit the schema.
        """
        if self.run_data is not None:
            _check(self.run_data, data, RUN_DATA)


def _check(validator: AdaptorDataValidator, data: Any, group: str) -> None:
    validator.schema.fill_in(data)
    redaction.hold(group, validator.schema.secrets_in(data))
    validator.validate(data)


def _validator(
    adaptor_class: type[BaseAdaptor[Any]], declared: Any, file_name: str, what: str
) -> AdaptorDataValidator | None:
    if declared is not None:
        validator = AdaptorDataValidator(declared, what)
    else:
        directory = package_directory(adaptor_class)
        path = os.path.join(directory, "schemas", file_name) if directory else ""
        if not os.path.isfile(path):
            return None
        validator = AdaptorDataValidator.from_schema_file(path, what)
    validator.schema.load()
    return validator
