"""The hidden ``daemon _cleanup``: ``on_cleanup`` in a new process, after the daemon was lost."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from ...ipc._errors import BadInputError
from .._outcome import ConstructorError, describe_error
from .foreground import run_in_foreground
from .session_journal import AFTER_LOSS
from .session_setup import prepare

if TYPE_CHECKING:
    from .target import Target


def clean_up(target: Target, began: float) -> int:
    """Construct the adaptor as the daemon did, and call ``on_cleanup``; return the exit code.

    Raises:
        BadInputError: A user typed the command.
        AdaptorRuntimeError: The adaptor cannot be constructed.
    """
    message = "daemon _cleanup is internal; use 'daemon stop'"
    if sys.stdin is None or sys.stdin.isatty():
        raise BadInputError(message)
    try:
        left = json.loads(sys.stdin.buffer.read())
        journal, *data = (left[name] for name in ("journal", "init_data", "path_mapping_rules", "deadlines"))
    except (ValueError, KeyError, TypeError):
        raise BadInputError(message) from None
    setup = prepare(target.load(), *data)
    try:
        adaptor = setup.construct()
    except BaseException as error:
        raise ConstructorError(f"the adaptor's constructor raised {describe_error(error)}") from error
    return run_in_foreground(
        setup, lambda session: session.clean_up(), journal, began, adaptor, mode=AFTER_LOSS
    ).exit_code
