"""How the command line makes an adaptor from a class and its data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing import Callable

    from .._adaptor import BaseAdaptor


def adaptor_factory(
    adaptor_class: type[BaseAdaptor[Any]], init_data: dict[str, Any], path_mapping_rules: dict[str, Any]
) -> Callable[[], BaseAdaptor[Any]]:
    """Return a function that constructs the adaptor, for the hook thread."""

    def construct() -> BaseAdaptor[Any]:
        return adaptor_class(init_data, path_mapping_data=path_mapping_rules)

    return construct
