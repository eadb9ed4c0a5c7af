"""Named tuples in class syntax, for the modules that a frontend loads once per task and an application once.

The import of ``typing`` takes a frontend as long as that of all its messages, and ``typing.NamedTuple`` looks at each
annotation on the way. Neither is needed to make a class; so this is ``typing.NamedTuple`` to type checkers only.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NamedTuple
else:

    class _Syntax(type):
        """Make of a class statement what ``collections.namedtuple`` makes of a list of names."""

        def __new__(cls, name: str, _bases: tuple, namespace: dict) -> type:
            annotations = namespace.get("__annotations__", {})
            defaults = [namespace.pop(field) for field in annotations if field in namespace]
            made = namedtuple(name, annotations, defaults=defaults, module=namespace.pop("__module__"))  # noqa: PYI024
            for key, value in namespace.items():
                setattr(made, key, value)
            return made

    NamedTuple = type.__new__(_Syntax, "NamedTuple", (), {})

__all__ = ["NamedTuple"]
