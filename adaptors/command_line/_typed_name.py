"""The words that a user types to run this command line, for help and messages that can be copied."""

from __future__ import annotations

import os
import sys


def typed_name(fallback: str) -> str:
    """Return what to type before a command: ``python -m my_adaptor``, or the name of a script.

    Args:
        fallback: The name of the program if no typed words lead to it, as under ``python -c``.
    """
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    if spec is not None and spec.name != "__main__":  # the name of a folder or an archive, which has no other
        name = spec.parent if spec.name.endswith(".__main__") else spec.name
        return f"{_short(sys.executable) or 'python'} -m {name}"
    path = sys.argv[0]
    launcher = f"{path}.exe"  # of pip on Windows: it leaves the ending out of what was typed
    if os.path.isfile(launcher):
        return _short(launcher)[: -len(".exe")]
    if not os.path.exists(path):
        return fallback
    if os.path.dirname(path) and os.path.isfile(path) and os.access(path, os.X_OK):
        return _short(path)
    return f"{_short(sys.executable) or 'python'} {path}"


def _short(path: str) -> str:
    """Return only the name of a program that is found by name, else its path."""
    name = os.path.basename(path)
    for folder in os.get_exec_path():
        candidate = os.path.join(folder, name)
        if os.path.isfile(candidate):
            return name if _compared(candidate) == _compared(path) else path
    return path


def _compared(path: str) -> str:
    return os.path.normcase(os.path.abspath(path))
