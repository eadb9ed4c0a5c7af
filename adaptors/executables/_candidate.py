"""A file that may be the program that is wanted."""

from __future__ import annotations

import attrs


@attrs.frozen
class Candidate:
    """A file that may be the program, with what is known of it.

    Attributes:
        path: Where it is.
        place: Where it was found: a variable, ``PATH``, or a pattern.
        version: Its version; empty if it was not asked for, or is unknown.
        problem: Why it cannot be used, as the end of a sentence; empty if it can.
    """

    path: str
    place: str
    version: str = ""
    problem: str = ""

    def described(self, name: str) -> str:
        """Return what was found and why it cannot be used.

        Args:
            name: The name of the program.

        >>> Candidate("/usr/bin/blender", "PATH", "3.3.1", "needs >=3.6").described("blender")
        'blender 3.3.1 at /usr/bin/blender (needs >=3.6)'
        """
        if self.version:
            return f"{name} {self.version} at {self.path} ({self.problem})"
        return f"{self.path}: {self.problem}"
