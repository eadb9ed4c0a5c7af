"""The application's side of an adaptor: what a plug-in inside the application imports.

Python 3.7 and the standard library only, and nothing is loaded before it is used.
"""

from __future__ import annotations

__version__ = "0.1.0"

__all__ = ["__version__"]
