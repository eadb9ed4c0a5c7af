"""Give an adaptor its data as instances of its classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._paths.mapping import PathMapping, read_rules
from .typed_data import INIT_DATA, RUN_DATA, typed_data

if TYPE_CHECKING:
    from typing import Callable


def path_mapper(path_mapping_data: Mapping[str, Any] | None) -> Callable[[str], str]:
    """Return the function that maps the paths of data.

    Args:
        path_mapping_data: The path mapping rules as the scheduler gave them.

    Raises:
        ValueError: The rules are malformed.
    """
    return PathMapping(read_rules(path_mapping_data)).map


def init_data_of(adaptor: Any, data: Any) -> Any:
    """Return init data as an instance of the adaptor's ``InitData``.

    Args:
        adaptor: The adaptor, which already has its path mapping rules.
        data: The data.

    Raises:
        BadInputError: It does not fit.
    """
    return _instance(adaptor, INIT_DATA, data)


def run_data_of(adaptor: Any, data: Any) -> Any:
    """Return run data as an instance of the adaptor's ``RunData``.

    Args:
        adaptor: The adaptor.
        data: The data.

    Raises:
        BadInputError: It does not fit.
    """
    return _instance(adaptor, RUN_DATA, data)


def adopt_init_data(adaptor: Any) -> None:
    """Replace the init data of an adaptor whose constructor does not call ours, or that has a field of its own for it.

    Args:
        adaptor: The adaptor.

    Raises:
        BadInputError: It does not fit.
    """
    if isinstance(adaptor.init_data, Mapping):
        object.__setattr__(adaptor, "init_data", init_data_of(adaptor, adaptor.init_data))  # it may be frozen


def _instance(adaptor: Any, name: str, data: Any) -> Any:
    return typed_data(type(adaptor), name).instance(data, path_mapper(getattr(adaptor, "path_mapping_data", None)))
