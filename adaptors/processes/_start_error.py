"""The error of an application that cannot be started."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from ...ipc._processes.program_file import program_on_path
from ...ipc._processes.typed_command import shell_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SHOWN = 2_000
"""The most characters of a command to log."""

_TOO_LONG_ON_WINDOWS = 206  # ERROR_FILENAME_EXCED_RANGE; the limit there is 32 767 characters
_LONGEST_ON_WINDOWS = 32_767
_ADVICE = "write the arguments to a response_file()"
_PAGES_OF_AN_ARGUMENT = 32  # Linux: MAX_ARG_STRLEN, which no system call provides


def command_text(args: Sequence[str]) -> str:
    """Return a command as in a shell, shortened if it is very long."""
    text = shell_text(args)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def start_error(
    error: OSError,
    args: Sequence[str],
    directory: str | os.PathLike[str] | None,
    environment: Mapping[str, str],
) -> OSError:
    """Return the error to raise instead of the system's, with the same type.

    Args:
        error: The error of the system.
        args: The executable and its arguments.
        directory: The directory to start it in; None for the current one.
        environment: All its environment variables.
    """
    if error.errno == errno.E2BIG or getattr(error, "winerror", None) == _TOO_LONG_ON_WINDOWS:
        return OSError(errno.E2BIG, _too_long(args, environment), args[0])
    if directory is not None and not os.path.isdir(directory):
        what = "is not a directory" if os.path.exists(directory) else "does not exist"
        return type(error)(error.errno, f"the startup directory {what}", os.fspath(directory))
    if isinstance(error, FileNotFoundError):
        return FileNotFoundError(errno.ENOENT, *_not_found(args[0], environment, error))
    if isinstance(error, PermissionError) or error.errno == errno.ENOEXEC:
        text = f"it cannot be executed: {_reason(args[0], error)}"
        return type(error)(error.errno, text, args[0])
    return type(error)(error.errno, f"it cannot be started: {error.strerror}", args[0])


def _is_of_windows(error: OSError) -> bool:
    """Return whether Windows has reported it, to which the first line of a script means nothing."""
    return getattr(error, "winerror", None) is not None


def _not_found(executable: str, variables: Mapping[str, str], error: OSError) -> tuple[str, str]:
    if os.path.dirname(executable):
        interpreter = "" if _is_of_windows(error) else ", or the interpreter in its first line does not exist"
        return f"no such executable{interpreter}", executable
    path = variables.get("PATH", os.defpath)
    found = program_on_path(executable, path)
    if found:
        return f"the interpreter of {found} does not exist", executable
    return f"no such executable in PATH, which is {path}", executable


def _reason(executable: str, error: OSError) -> str:
    if os.path.isdir(executable):
        return "it is a directory"
    if error.errno == errno.ENOEXEC:
        interpreter = "" if _is_of_windows(error) else ", and its first line does not name an interpreter"
        return f"it is not a program for this system{interpreter}"
    return str(error.strerror)


def _too_long(args: Sequence[str], variables: Mapping[str, str]) -> str:
    sizes = [len(os.fsencode(argument)) for argument in args]
    sysconf = getattr(os, "sysconf", None)
    if sysconf is None:
        return f"the command has {sum(sizes) + len(sizes)} characters; the limit is {_LONGEST_ON_WINDOWS}; {_ADVICE}"
    longest = max(range(len(sizes)), key=sizes.__getitem__)
    one = _PAGES_OF_AN_ARGUMENT * int(sysconf("SC_PAGE_SIZE")) - 1
    if sizes[longest] > one:
        return f"argument {longest} has {sizes[longest]} bytes; the limit is {one}; {_ADVICE}"
    variable = max(variables, key=lambda name: len(os.fsencode(name + variables[name])), default="")
    if variable and len(os.fsencode(f"{variable}={variables[variable]}")) > one:
        size = len(os.fsencode(f"{variable}={variables[variable]}"))
        return f"the environment variable {variable} has {size} bytes; the limit is {one}; pass long data in a file"
    total = sum(sizes) + len(sizes) + sum(len(os.fsencode(f"{name}={value}")) + 1 for name, value in variables.items())
    return f"arguments and environment have {total} bytes; the limit is {int(sysconf('SC_ARG_MAX'))}; {_ADVICE}"
