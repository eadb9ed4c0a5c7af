"""The name of an adaptor: ``module:Class``, as for ``--adaptor``."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Union

    Adaptor = Union[type, str]


class AdaptorName:
    """The name of an adaptor that is given as a class or by its name.

    A class is known by the module that defines it. A name may be of a module that only imports the class; then the
    class is imported, but only when the difference matters.

    Args:
        adaptor: The class, or ``package.module:Class``; anything else has no name, and is reported by the class check.
    """

    def __init__(self, adaptor: Adaptor) -> None:
        self._adaptor = adaptor
        self._name = _name_of_reference(adaptor) if isinstance(adaptor, str) else adaptor_name(adaptor)

    def __str__(self) -> str:
        return self._name

    def is_of(self, served: str) -> bool:
        """Return whether a daemon that serves the adaptor of this name serves this one.

        Raises:
            BadInputError: The names differ, and the adaptor that is given by its name cannot be imported.
        """
        if self._name not in ("", served) and isinstance(self._adaptor, str):
            from .adaptor_import import import_adaptor
            from .class_check import check_class

            self._adaptor = check_class(import_adaptor(self._adaptor, "EntryPoint"), self._adaptor)
            self._name = adaptor_name(self._adaptor)
        return self._name in ("", served)


def adaptor_name(adaptor_class: object) -> str:
    """Return the name of an adaptor's class; one in a script is named as if the script were imported."""
    if not isinstance(adaptor_class, type):
        return ""  # the class check reports the problem
    return _name(adaptor_class.__module__, adaptor_class.__qualname__)


def module_of(adaptor: Adaptor) -> str:
    """Return the module of an adaptor that is given as a class or by its name; empty for anything else."""
    if isinstance(adaptor, str):
        return adaptor.partition(":")[0]
    return adaptor.__module__ if isinstance(adaptor, type) else ""


def class_name(adaptor: Adaptor) -> str:
    """Return the name of the class of an adaptor that is given as a class or by its name."""
    if isinstance(adaptor, str):
        return adaptor.rpartition(":")[2].rpartition(".")[2] or adaptor
    return str(getattr(adaptor, "__name__", "adaptor"))


def _name_of_reference(reference: str) -> str:
    module, _, name = reference.partition(":")
    return _name(module, name)


def _name(module: str, qualified: str) -> str:
    if module == "__main__":
        main = sys.modules["__main__"]
        spec = getattr(main, "__spec__", None)
        file = str(getattr(main, "__file__", "") or "")
        module = spec.name if spec is not None else os.path.splitext(os.path.basename(file))[0]
    return f"{module}:{qualified}"
