"""The program that was selected for an adaptor."""

from __future__ import annotations

import attrs


@attrs.frozen
class SelectedExecutable:
    """The program that was selected. It is a path: ``str()`` and ``os.fspath()`` return it.

    Attributes:
        path: Where it is, as it was found: symbolic links are not resolved.
        version: The version as the program prints it; empty if the adaptor's class does not say how to ask for it.
        options: The command line options for this version.
        place: Where it was found: the name of the environment variable, ``executable in the configuration``, ``PATH``,
            or a pattern.

    >>> str(SelectedExecutable("/opt/blender-4.2/blender", version="4.2.3"))
    '/opt/blender-4.2/blender'
    """

    path: str
    version: str = attrs.field(default="", kw_only=True)
    options: tuple[str, ...] = attrs.field(default=(), kw_only=True)
    place: str = attrs.field(default="", kw_only=True)

    def __str__(self) -> str:
        """Return the path."""
        return self.path

    def __fspath__(self) -> str:
        """Return the path."""
        return self.path
