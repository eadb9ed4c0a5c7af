"""The text and traceback of an exception from an author's code, recorded on the thread that raised it."""

from __future__ import annotations

_DESCRIPTION = "_adaptor_runtime_description"
_TRACEBACK = "_adaptor_runtime_traceback"


def take_down(error: BaseException, text: str, traceback: str | None = None) -> None:
    """Record the description of ``error``, and its traceback if there is one to show."""
    vars(error)[_DESCRIPTION] = text
    if traceback is not None:
        vars(error)[_TRACEBACK] = traceback


def description(error: BaseException) -> str | None:
    """Return the recorded text; None if none was recorded."""
    return _noted(error, _DESCRIPTION)


def traceback_text(error: BaseException) -> str | None:
    """Return the recorded traceback; None if none was recorded."""
    return _noted(error, _TRACEBACK)


def forget(error: BaseException) -> None:
    """Forget both: ``error`` may be one object that is raised repeatedly."""
    vars(error).pop(_DESCRIPTION, None)
    vars(error).pop(_TRACEBACK, None)


def _noted(error: BaseException, name: str) -> str | None:
    text = vars(error).get(name)
    return text if isinstance(text, str) else None
