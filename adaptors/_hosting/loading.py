"""Load modules that a session may need later right after its start, never on first use in a task.

By then, another release may have replaced the installed package, or the adaptor may have used up all file descriptors.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from .._messages.own_log import log
from .._outcome import describe_error

if TYPE_CHECKING:
    from collections.abc import Iterator

_HERE, _, _ = __package__.rpartition(".")
_PACKAGE = _HERE.rpartition(".")[0]
_IPC = f"{_PACKAGE}.ipc"

NEEDED = (
    f"{_HERE}._paths.mapping",
    f"{_HERE}._messages.status",
    f"{_IPC}._application.awaited_future",
    f"{_IPC}._processes.usage",
    "psutil",
    "shutil",  # removes the session directory
    *(() if sys.platform == "win32" else ("resource",)),  # loaded by os.wait4
)
"""All modules that the code of each session imports in functions, and that no command imports.

Those for checking data are loaded with its schema, before the session begins.
"""

OF_APPLICATIONS = (
    *(
        f"{_HERE}.{name}"
        for name in (
            "output._regex_handler",
            "processes._logging_subprocess",
            "processes._managed_process",
            "processes._status_file",
            "processes._stream_logger",
            "processes._terminal",
        )
    ),
    *((f"{_IPC}._processes.batch_file_windows",) if sys.platform == "win32" else ()),
)
"""Further modules for starting applications."""

OF_LINKS = (f"{_IPC}._application.actions_queue", f"{_IPC}._application.server")
"""Further modules for a link into an application."""

OF_DIRECTORIES = (f"{_IPC}._files.guarded_directory",)
"""Further modules for the temporary directory of a session."""

OF_PACKAGE = (*OF_APPLICATIONS, *OF_LINKS, *OF_DIRECTORIES, f"{_HERE}._response_file", f"{_HERE}._task_chunk")
"""Further modules for an adaptor that has imported the package itself, from which a hook may take any name."""

WITH_EXECUTABLE = (
    f"{_HERE}.executables._selected_executable",
    f"{_HERE}.executables._selection",
    f"{_HERE}.executables._version_probe",
    "packaging.specifiers",
)
"""Further modules for selecting an executable."""

_WITH_IMPORTED = (
    (OF_APPLICATIONS, OF_APPLICATIONS),
    (OF_LINKS, OF_LINKS),
    ((f"{_HERE}._response_file",), OF_DIRECTORIES),
    ((f"{_HERE}.executables._executable",), WITH_EXECUTABLE),
)
"""If the adaptor has imported one of the first, it may need the second."""

WITH_APPLICATION = tuple(
    f"{_HERE}.{name}"
    for name in (
        "_application.application",
        "_application.kept_application",
        "_application.link",
        "_application.task",
        "_rules_in_force",
        "_adaptor_rules",
        "output._rule_set",
    )
)
"""Further modules for an adaptor that keeps an application; they load all that they need."""

WITH_COMMANDS = (f"{_HERE}._command_task", f"{_HERE}._launched_command")
"""Further modules for an adaptor whose tasks are commands."""

WITH_RULES = tuple(
    f"{_HERE}.{name}"
    for name in (
        "_adaptor_rules",
        "_application.task_progress",
        "_rule_effects",
        "output._joined_handler",
        "output._rule_set",
    )
)
"""Further modules for output rules; those that read a file are already loaded by then."""

_RESERVED = 6
"""File descriptors for loading a module, or for starting the guardian."""


class Loading:
    """Load the modules that a session may need.

    Args:
        with_commands: Each task is a command.
        with_rules: The adaptor has output rules.
        with_application: The adaptor keeps an application.
    """

    def __init__(
        self,
        *,
        with_commands: bool = False,
        with_rules: bool = False,
        with_application: bool = False,
    ) -> None:
        self._names = NEEDED + (WITH_COMMANDS if with_commands else ()) + (WITH_RULES if with_rules else ())
        self._names += OF_LINKS + WITH_APPLICATION if with_application else ()
        self._names += OF_APPLICATIONS if with_commands or with_application else ()
        self._starts_applications = with_commands or with_application
        self._reserve: list[int] = []

    def reserve(self) -> None:
        """Reserve file descriptors for ``load``, regardless of how many the adaptor opens until then."""
        try:
            self._reserve += [os.open(os.devnull, os.O_RDONLY) for _ in range(_RESERVED)]
        except OSError:
            pass  # without a reserve, the log reports what was not loaded

    def load(self) -> None:
        """Load everything now; log what cannot be loaded, which may still be loaded on first use."""
        starts_applications = self._starts_applications or f"{_HERE}.processes._logging_subprocess" in sys.modules
        names = (*self._names, *_further())
        while self._reserve:
            os.close(self._reserve.pop())
        for name in names:
            try:
                import_module(name)
            except Exception as error:  # noqa: BLE001  the files may already belong to another release
                log().warning("cannot load a module", module=name, error=describe_error(error))
        if starts_applications:
            from ...ipc._processes import guardian

            guardian.prepare()  # its program also comes from the package


def _further() -> Iterator[str]:
    """Yield the modules that go with those that the adaptor has imported."""
    if _package_is_held():
        yield from OF_PACKAGE
    for one_of, further in _WITH_IMPORTED:
        if any(name in sys.modules for name in one_of):
            yield from further


def _package_is_held() -> bool:
    """Return whether a module of somebody else's has imported a package of the runtime, and not only names from it."""
    modules = list(sys.modules.items())
    packages = {id(module) for name, module in modules if _is_ours(name) and hasattr(module, "__path__")}
    return any(id(value) in packages for name, module in modules if not _is_ours(name) for value in _values(module))


def _values(module: object) -> list[object]:
    """Return what a module refers to, without running code of one that is loaded on first use."""
    try:
        return list(object.__getattribute__(module, "__dict__").values())
    except AttributeError:
        return []


def _is_ours(name: str) -> bool:
    return name.partition(".")[0] == _PACKAGE
