"""Load modules that a session may need later right after its start, never on first use in a task.

By then, another release may have replaced the installed package, or the adaptor may have used up all file descriptors.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

from .._messages.own_log import log
from .._outcome import describe_error

_HERE, _, _ = __package__.rpartition(".")
_IPC = f"{_HERE.rpartition('.')[0]}.ipc"

NEEDED = (
    f"{_HERE}._command_adaptor",  # authors import these, some in a hook
    f"{_HERE}._paths.mapping",
    f"{_HERE}._messages.status",
    f"{_HERE}._task_chunk",
    f"{_HERE}.output._regex_handler",
    f"{_HERE}.processes._logging_subprocess",
    f"{_HERE}.processes._managed_process",
    f"{_HERE}.processes._stream_logger",
    f"{_HERE}.processes._terminal",
    f"{_IPC}._application.awaited_future",
    f"{_IPC}._application.actions_queue",
    f"{_IPC}._application.server",
    f"{_IPC}._processes.usage",
    "psutil",
    "shutil",  # removes the session directory
    *(() if sys.platform == "win32" else ("resource",)),  # loaded by os.wait4
)
"""All modules that the code of a session imports in functions, and that no command imports.

Those for checking data are loaded with its schema, before the session begins.
"""

WITH_EXECUTABLE = (
    f"{_HERE}.executables._selected_executable",
    f"{_HERE}.executables._selection",
    f"{_HERE}.executables._version_probe",
    "packaging.specifiers",
)
"""Further modules for selecting an executable, if the adaptor's class declares one."""

_DECLARATION = f"{_HERE}.executables._executable"

WITH_APPLICATION = tuple(
    f"{_HERE}.{name}"
    for name in (
        "_application.application",
        "_application.link",
        "_application.task",
        "_rules_in_force",
        "_adaptor_rules",
        "output._rule_set",
    )
)
"""Further modules for an adaptor that keeps an application; they load all that they need."""

WITH_COMMANDS = (f"{_HERE}._command_task",)
"""Further modules for an adaptor whose tasks are commands."""

WITH_RULES = tuple(
    f"{_HERE}.{name}" for name in ("_adaptor_rules", "_rule_effects", "output._joined_handler", "output._rule_set")
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
        self._names += WITH_APPLICATION if with_application else ()
        self._reserve: list[int] = []

    def reserve(self) -> None:
        """Reserve file descriptors for ``load``, regardless of how many the adaptor opens until then."""
        try:
            self._reserve += [os.open(os.devnull, os.O_RDONLY) for _ in range(_RESERVED)]
        except OSError:
            pass  # without a reserve, the log reports what was not loaded

    def load(self) -> None:
        """Load everything now; log what cannot be loaded, which may still be loaded on first use."""
        has_applications = f"{_HERE}.processes._logging_subprocess" in sys.modules
        while self._reserve:
            os.close(self._reserve.pop())
        for name in self._names + (WITH_EXECUTABLE if _DECLARATION in sys.modules else ()):
            try:
                import_module(name)
            except Exception as error:  # noqa: BLE001  the files may already belong to another release
                log().warning("cannot load a module", module=name, error=describe_error(error))
        if has_applications:
            from ...ipc._processes import guardian

            guardian.prepare()  # its program also comes from the package
