"""A name that published adaptors import on Windows, to check whether the adaptor's server runs."""

from __future__ import annotations

import os

_PIPES = "\\\\.\\pipe\\"


class NamedPipeHelper:
    """Check the named pipes of this machine."""

    @staticmethod
    def check_named_pipe_exists(pipe_name: str) -> bool:
        r"""Return whether a named pipe of this name exists, without connecting to it; False on POSIX.

        Args:
            pipe_name: Its path, such as ``\\.\pipe\name``.
        """
        try:
            names = os.listdir(_PIPES)
        except OSError:
            return False
        return pipe_name.rpartition("\\")[2].lower() in (name.lower() for name in names)
