"""How an application ended, and who had asked for that."""

from __future__ import annotations

import signal

from ...ipc._processes.process_tree import describe_exit
from ._behalf import ADAPTOR

_KILLED = -getattr(signal, "SIGKILL", 9)
_GIGABYTE = 1024**3
_MEGABYTE = 1024**2


class ApplicationExit:
    """What is known of the end of one application; asked and told from several threads."""

    def __init__(self) -> None:
        self.returncode: int | None = None
        self.peak_memory: int | None = None
        """The most memory that it, or a child of its, has had, in bytes; None where the system does not tell."""
        self.asked_by: str | None = None
        """Who asked for the end first; None: nobody."""
        self.is_waited_for = 0
        """How many threads of the adaptor wait for the end at this moment, and so have closed its input."""
        self._was_dismissed = False

    def ask(self, by: str) -> None:
        """Take note that somebody asks the application to end; the first one counts."""
        if self.returncode is None and self.asked_by is None:
            self.asked_by = by

    def settle(self, returncode: int, peak_memory: int | None) -> None:
        """Take note that it has ended."""
        self._was_dismissed = self.asked_by == ADAPTOR or (self.is_waited_for > 0 and returncode == 0)
        self.peak_memory = peak_memory
        self.returncode = returncode

    @property
    def was_dismissed(self) -> bool:
        """Whether the adaptor wanted this end: it terminated the application, or waited for it and it ended well."""
        return self._was_dismissed

    @property
    def description(self) -> str:
        """How it ended, as the end of a sentence."""
        return "is running" if self.returncode is None else describe_exit(self.returncode)

    @property
    def hint(self) -> str:
        """What probably was the matter, as a part of a sentence, where that can be told; otherwise empty."""
        if self.returncode != _KILLED or self.asked_by is not None:
            return ""
        peak = "" if self.peak_memory is None else f" (its peak was {_amount(self.peak_memory)})"
        return f", which the runtime did not send: the machine probably ran out of memory{peak}"


def _amount(count: int) -> str:
    return f"{count / _GIGABYTE:.1f} GB" if count >= _GIGABYTE else f"{count // _MEGABYTE} MB"
