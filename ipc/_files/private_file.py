"""Files that nobody else can read or forge: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from .private_file_windows import (
        KEEPS_DIRECTORY,
        NotPrivateError,
        append_to,
        close_folder,
        create_private,
        locked,
        make_private,
        protect_folder,
        read_private,
        remove_file,
        remove_tree,
        replace,
        replace_content,
        usable_path,
    )
else:
    from .private_file_posix import (
        KEEPS_DIRECTORY,
        NotPrivateError,
        append_to,
        close_folder,
        create_private,
        locked,
        make_private,
        protect_folder,
        read_private,
        remove_file,
        remove_tree,
        replace,
        replace_content,
        usable_path,
    )

__all__ = [
    "KEEPS_DIRECTORY",
    "NotPrivateError",
    "append_to",
    "close_folder",
    "create_private",
    "locked",
    "make_private",
    "protect_folder",
    "read_private",
    "remove_file",
    "remove_tree",
    "replace",
    "replace_content",
    "usable_path",
]
