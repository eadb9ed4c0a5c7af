"""What is left in the buffers of a process that is about to end by ``os._exit``."""

from __future__ import annotations

import sys

from .runtime_thread import RuntimeThread

SECONDS = 5.0
"""How long that may take. The objects may be an author's, and may block."""


def flush_standard_streams() -> None:
    """Flush standard output and standard error, as far as they let us. It raises nothing."""
    plain = sys.stdout is sys.__stdout__ and sys.stderr is sys.__stderr__
    if plain:
        _flush()
        return
    try:
        thread = RuntimeThread(target=_flush, name="final flush")
        thread.start()
    except RuntimeError:
        return
    thread.join(SECONDS)


def _flush() -> None:
    for file in (sys.stdout, sys.stderr):
        try:
            file.flush()
        except BaseException:  # noqa: BLE001, S112  whatever an author's object raises, the exit code is known
            continue
