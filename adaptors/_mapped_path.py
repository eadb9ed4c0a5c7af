"""A path of a job, on this machine."""

from __future__ import annotations

import os
from typing import Union

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional

MAPPED = "isMappedPath"
"""The keyword, beside those of JSON Schema, of a path that the runtime maps."""


class MappedPath(str):
    """A path of the job, mapped with the session's path mapping rules.

    It is a ``str``, so it can be opened, joined, logged, and sent to an application like any other path. If a field of
    ``InitData`` or ``RunData`` has this type, the runtime maps the path before a hook sees it, and a job template has a
    ``PATH`` parameter for it.

    >>> MappedPath("/mnt/show/a.exr", original="P:/show/a.exr").original
    'P:/show/a.exr'

    Args:
        path: Where it is on this machine.
        original: Where it is on the submitting machine; if omitted, the same.

    Attributes:
        original: The path as it is in the data, before mapping.
    """

    __slots__ = ("original",)

    original: str

    def __new__(
        cls, path: Union[str, os.PathLike[str]], original: Optional[Union[str, os.PathLike[str]]] = None
    ) -> MappedPath:
        """Return the path; it cannot be changed."""
        made = super().__new__(cls, os.fspath(path))
        made.original = str(made) if original is None else os.fspath(original)
        return made

    def __reduce__(self) -> tuple[type[MappedPath], tuple[str, str]]:
        """Keep the original in copies."""
        return MappedPath, (str(self), self.original)
