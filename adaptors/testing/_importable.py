"""How another process imports the class of an adaptor under test."""

from __future__ import annotations

import os
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..adaptors._hosting.adaptor_name import adaptor_name
from ..ipc._errors import BadInputError

if TYPE_CHECKING:
    from ..adaptors import BaseAdaptor


def importable(adaptor_class: type[BaseAdaptor[Any]]) -> str:
    """Return the name of a class for ``--adaptor``.

    Raises:
        BadInputError: It has none: it is inside a function or another class.
    """
    name = adaptor_name(adaptor_class)
    if "." in name.partition(":")[2]:
        raise BadInputError(
            f"a daemon imports {adaptor_class.__qualname__} by its name: define it at the top of a module, or use "
            "session"
        )
    return name


def search_path(adaptor_class: type[BaseAdaptor[Any]]) -> list[str]:
    """Return the PYTHONPATH with which a new interpreter finds what this process finds: the class, and its helpers."""
    own = [] if (root := _root(adaptor_class)) is None else [root]
    inherited = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    places = {os.path.realpath(place) for place in sysconfig.get_paths().values()}
    added = [path or os.getcwd() for path in sys.path]
    added = [path for path in added if not _is_of_python(os.path.realpath(path), places)]
    return list(dict.fromkeys(path for path in (*own, *inherited, *added) if path))


def _root(adaptor_class: type[BaseAdaptor[Any]]) -> str | None:
    """Return the folder from which the module of a class is imported by its name; None if its file is elsewhere."""
    file = getattr(sys.modules.get(adaptor_class.__module__), "__file__", None)
    if file is None:
        return None
    path = Path(file).resolve().with_suffix("")
    parts = importable(adaptor_class).partition(":")[0].split(".")
    if path.name == "__init__":
        path = path.parent
    if list(path.parts[-len(parts) :]) != parts:
        return None
    return str(path.parents[len(parts) - 1])


def _is_of_python(path: str, places: set[str]) -> bool:
    """Return whether an interpreter has a folder in its search path by itself."""
    return path in places or path.endswith((".zip", "lib-dynload")) or not os.path.exists(path)
