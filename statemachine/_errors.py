"""The root of all errors of this package, in a module that loads nothing."""

from __future__ import annotations


class AdaptorRuntimeError(Exception):
    """Root of all errors of this package. ``exit_code`` is the exit code of a command that fails with it."""

    exit_code: int = 1
