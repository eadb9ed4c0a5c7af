"""A name that published adaptors import on Windows, to see whether the adaptor's server is there."""

from __future__ import annotations

import os

_PIPES = "\\\\.\\pipe\\"


class NamedPipeHelper:
    """Look at the named pipes of this machine."""

    @staticmethod
    def check_named_pipe_exists(pipe_name: str) -> bool:
        r"""Tell whether there is a named pipe of this name, without connecting to it; there is none on POSIX.

        Args:
            pipe_name: Its path, such as ``\\.\pipe\name``.
        """
        try:
            names = os.listdir(_PIPES)
        except OSError:
            return False
        return pipe_name.rpartition("\\")[2].lower() in (name.lower() for name in names)
