"""Give an adaptor its data as instances of its classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._paths.mapping import PathMapping, read_rules
from .typed_data import INIT_DATA, RUN_DATA, typed_data

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Callable


def path_mapper(path_mapping_data: Mapping[str, Any] | None) -> Callable[[str], str]:
    """Return the function that maps the paths of data.

    Args:
        path_mapping_data: The path mapping rules as the scheduler gave them.

    Raises:
        ValueError: The rules are malformed.
    """
    return PathMapping(read_rules(path_mapping_data)).map


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
    """Make the init data of an adaptor an instance of its ``InitData``.

    Args:
        adaptor: The adaptor, which already has its path mapping rules.

    Raises:
        BadInputError: It does not fit.
    """
    data = adaptor.init_data
    instance = _instance(adaptor, INIT_DATA, data)
    if instance is not data:
        object.__setattr__(adaptor, "init_data", instance)  # the adaptor may be frozen


def _instance(adaptor: Any, name: str, data: Any) -> Any:
    return typed_data(type(adaptor), name).instance(data, path_mapper(getattr(adaptor, "path_mapping_data", None)))
