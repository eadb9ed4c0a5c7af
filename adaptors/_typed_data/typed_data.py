"""Init data or run data that becomes an instance of a class of the author's."""

from __future__ import annotations

import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ...ipc._errors import BadInputError
from ..data._schema import Schema
from .data_types import DataClassError, check_data_class
from .derived_schema import schema_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Callable

INIT_DATA = "InitData"
RUN_DATA = "RunData"

_WHAT = {INIT_DATA: "the init data", RUN_DATA: "the run data"}


class TypedData:
    """The data that a data class takes.

    Args:
        data_class: An attrs class.
        adaptor_class: The adaptor that has it.
        what: What it is for, in messages: ``the run data``.

    Attributes:
        data_class: The class.
        schema: The schema that follows from it.

    Raises:
        DataClassError: Data cannot have the type of one of its fields.
    """

    def __init__(self, data_class: type, adaptor_class: type, what: str) -> None:
        check_data_class(data_class, adaptor_class)
        self.data_class = data_class
        self.schema = Schema(schema_of(data_class), what=what)
        self._what = what

    def load(self) -> None:
        """Prepare everything, so that nothing is read or imported after a session has begun."""
        from . import refusal  # noqa: F401
        from .structure import prepare

        prepare(self.data_class)
        self.schema.prepare()

    def instance(self, data: Any, map_path: Callable[[str], str]) -> Any:
        """Return data as an instance of the class. One that already is an instance is returned unchanged.

        Args:
            data: The data, which is not changed.
            map_path: Maps a path of the data.

        Raises:
            BadInputError: It does not fit: the message says in one line where, what was expected, and what was found.
        """
        if isinstance(data, self.data_class):
            return data
        from .structure import structure

        try:
            return structure(data, self.data_class, map_path)
        except (Exception, SystemExit) as error:  # noqa: BLE001  a validator is the author's
            raise BadInputError(self._message(error, data)) from None

    def secrets_in(self, data: Mapping[str, Any]) -> list[str]:
        """Return the strings and numbers of ``data``, and of the defaults that it lacks, that must not be shown."""
        if not self.schema.place.may_hide:
            return []
        filled = copy.deepcopy(data)
        self.schema.fill_in(filled)
        return self.schema.secrets_in(filled)

    def _message(self, error: BaseException, data: Any) -> str:
        from ..data._problem import join_problems
        from .refusal import describe_refusals

        problems = describe_refusals(error, self.data_class, data, self.schema.place)
        return f"{self._what} does not fit: {join_problems(problems, len(problems))}"


def problem_of(adaptor_class: type, name: str) -> str | None:
    """Return why data cannot become an instance of an adaptor's class; None if it can.

    Args:
        adaptor_class: The adaptor.
        name: ``InitData`` or ``RunData``.

    Returns:
        The rest of a sentence that begins with the name of the data class.
    """
    try:
        _of(getattr(adaptor_class, name), adaptor_class, name)
    except DataClassError as error:
        return str(error)
    return None


@lru_cache(maxsize=32)
def _of(data_class: type, adaptor_class: type, name: str) -> TypedData:
    return TypedData(data_class, adaptor_class, _WHAT[name])


def typed_data(adaptor_class: type, name: str) -> TypedData:
    """Return the typed data of an adaptor that has some.

    Args:
        adaptor_class: The adaptor.
        name: ``InitData`` or ``RunData``.

    Raises:
        BadInputError: The class cannot be used.
    """
    try:
        return _of(getattr(adaptor_class, name), adaptor_class, name)
    except DataClassError as error:
        raise BadInputError(f"{adaptor_class.__name__}.{name}{error}") from None
