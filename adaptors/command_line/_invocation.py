"""The state that the commands of one invocation share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable

import attrs

if TYPE_CHECKING:
    from .._hosting.target import Target


@attrs.define
class CommandLine:
    """The common state of the commands of one invocation.

    Attributes:
        target: The adaptor.
        began: Wall clock time at which the command began, in seconds.
        on_ready: Functions to call in the daemon once it is ready.
    """

    target: Target
    began: float
    on_ready: set[Callable[[], object]]


CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}
