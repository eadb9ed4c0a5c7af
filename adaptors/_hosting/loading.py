"""What a session can need later is loaded right after its start, and never on first use in a task.

By then the installed package may have been replaced by another release, or the adaptor may have used up all open files.
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
    f"{_HERE}._command_adaptor",  # what authors import, some of them in a hook
    f"{_HERE}._paths.mapping",
    f"{_HERE}._messages.status",
    f"{_HERE}._task_chunk",
    f"{_HERE}.output._regex_handler",
    f"{_HERE}.processes._logging_subprocess",
    f"{_HERE}.processes._managed_process",
    f"{_HERE}.processes._stream_logger",
    f"{_HERE}.processes._usage",
    f"{_IPC}._application.awaited_future",
    f"{_IPC}._application.actions_queue",
    f"{_IPC}._application.server",
    "psutil",
    "shutil",  # removes the session directory
    *(() if sys.platform == "win32" else ("resource",)),  # loaded by os.wait4
)
"""Everything that a session's code imports in a function, and no command does."""

WITH_SCHEMA = tuple(
    f"{_HERE}.data.{name}"
    for name in ("_defaults", "_nearest", "_place", "_problem", "_schema_documents", "_secret_values")
)
"""What is needed as well where data is checked; the validator itself has been loaded by then."""


_RESERVED = 6
"""Open files that loading a module takes, or starting the guardian."""


class Loading:
    """Loads what a session can need.

    Args:
        with_schema: Data is checked against a schema.
    """

    def __init__(self, *, with_schema: bool) -> None:
        self._names = NEEDED + (WITH_SCHEMA if with_schema else ())
        self._reserve: list[int] = []

    def reserve(self) -> None:
        """Keep open files for ``load``, however many the adaptor opens until then."""
        try:
            self._reserve += [os.open(os.devnull, os.O_RDONLY) for _ in range(_RESERVED)]
        except OSError:
            pass  # where there are none to keep, the log will say what was not loaded

    def load(self) -> None:
        """Load everything now; what cannot be loaded is told, and may be loaded on first use."""
        has_applications = f"{_HERE}.processes._logging_subprocess" in sys.modules
        while self._reserve:
            os.close(self._reserve.pop())
        for name in self._names:
            try:
                import_module(name)
            except Exception as error:  # noqa: BLE001  the files may be another release's already
                log().warning("cannot load a module", module=name, error=describe_error(error))
        if has_applications:
            from ...ipc._processes import guardian

            guardian.prepare()  # it is a program, which comes from the package too
