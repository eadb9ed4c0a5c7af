"""The thread on which hooks are called."""

from __future__ import annotations

import queue
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Callable


class HookThread:
    """Call hooks in order on one thread. One whose hook does not end is left behind, and another takes its place."""

    def __init__(self) -> None:
        self._work: queue.SimpleQueue[Callable[[], object] | None] = queue.SimpleQueue()

    def start(self) -> None:
        """Start the thread."""
        threading.Thread(target=self._serve, name="hooks", daemon=True).start()

    def call(self, work: Callable[[], object]) -> None:
        """Have ``work``, which must not raise, called after what was given before."""
        self._work.put(work)

    def close(self) -> None:
        """End the thread as soon as the hook that it is in has ended, if ever."""
        self._work.put(None)

    def _serve(self) -> None:
        while (work := self._work.get()) is not None:
            work()


def dump_of_threads() -> str:
    """Return the Python stack of each thread of this process."""
    try:
        import faulthandler
        import tempfile

        with tempfile.TemporaryFile("w+b") as file:
            faulthandler.dump_traceback(file, all_threads=True)
            file.seek(0)
            return file.read().decode("utf-8", "backslashreplace").rstrip("\n")
    except (OSError, ImportError) as error:  # no open file is left, not even for the import
        return f"the threads cannot be shown: {error}"
