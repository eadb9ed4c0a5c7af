"""Named tuples in class syntax, for the modules that a frontend loads once per task and an application once.

Importing ``typing`` takes a frontend as long as importing all its messages, and ``typing.NamedTuple`` checks each
annotation. A class needs neither, so only type checkers see ``typing.NamedTuple``.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _Syntax(type):
        """Turn a class statement into a ``collections.namedtuple``."""

        def __new__(cls, name: str, _bases: tuple, namespace: dict) -> type:
            annotations = namespace.get("__annotations__", {})
            defaults = [namespace.pop(field) for field in annotations if field in namespace]
            made = namedtuple(name, annotations, defaults=defaults, module=namespace.pop("__module__"))  # noqa: PYI024
            for key, value in namespace.items():
                setattr(made, key, value)
            return made

    NamedTuple = type.__new__(_Syntax, "NamedTuple", (), {})

__all__ = ["NamedTuple"]
