"""Files that nobody else can read or forge: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .private_file_windows import (
        NotPrivateError,
        create_private,
        locked,
        make_private,
        protect_folder,
        read_private,
    )
else:
    from .private_file_posix import NotPrivateError, create_private, locked, make_private, protect_folder, read_private

__all__ = ["NotPrivateError", "create_private", "locked", "make_private", "protect_folder", "read_private"]
