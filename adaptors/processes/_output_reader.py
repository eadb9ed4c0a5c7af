"""Read the pipes of an application to their end: the twins share the class name, and one is chosen here."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._output_reader_windows import OutputReader
else:
    from ._output_reader_posix import OutputReader

__all__ = ["OutputReader"]
