"""What a hook or a callback has raised, ready to be reported by the runtime: none of the author's code runs there.

The text of an exception, its notes and its traceback are the author's code. It may block, or raise. So they are asked
for once, on the thread that the author's code runs on anyway.
"""

from __future__ import annotations

from .._messages.author_error import forget, take_down
from .._messages.author_traceback import author_traceback
from .._outcome import ConstructorError, describe_error


class UnshowableError(Exception):
    """Stands for an exception that cannot be shown."""


def settle(error: BaseException) -> BaseException:
    """Return ``error`` with its text and traceback taken down; where that fails, an error that stands for it."""
    try:
        forget(error)
        cause = error.__cause__ if isinstance(error, ConstructorError) else error
        if cause is not None:
            forget(cause)
            take_down(cause, describe_error(cause), author_traceback(cause))
        take_down(error, describe_error(error))
    except BaseException as failure:  # noqa: BLE001  whatever an author's class raises
        return UnshowableError(f"{_class_name(error)} was raised and cannot be shown ({_class_name(failure)})")
    return error


def _class_name(error: BaseException) -> str:
    """Return the name of the class of ``error``, whatever its metaclass says."""
    return str(type.__dict__["__name__"].__get__(type(error)))
