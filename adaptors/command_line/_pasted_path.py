"""Paths in tables, so that a shell takes what was copied from there."""

from __future__ import annotations

import os
import re

_PLAIN = re.compile(r"[\w@%+=:,./\\-]+")


def pasted(path: str) -> str:
    r"""Return a path as a shell takes it, on one line and in characters that every terminal shows.

    >>> pasted("/tmp/a.json"), pasted("/tmp/my file"), pasted("/tmp/a\nb")
    ('/tmp/a.json', "'/tmp/my file'", "$'/tmp/a\\x0ab'")
    """
    if _PLAIN.fullmatch(path):
        return path
    if path.isprintable():
        from ...ipc._processes.typed_command import shell_text  # few paths need it

        return shell_text([path])
    shown = [chr(byte) if 32 <= byte < 127 and byte not in b"'\\" else f"\\x{byte:02x}" for byte in os.fsencode(path)]
    return f"$'{''.join(shown)}'"
