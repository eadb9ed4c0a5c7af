"""What was taken down of an exception that an author's code has raised, on the thread where it was raised."""

from __future__ import annotations

_DESCRIPTION = "_adaptor_runtime_description"
_TRACEBACK = "_adaptor_runtime_traceback"


def take_down(error: BaseException, text: str, traceback: str | None = None) -> None:
    """Keep the description of ``error``, and its traceback where there is one to show."""
    vars(error)[_DESCRIPTION] = text
    if traceback is not None:
        vars(error)[_TRACEBACK] = traceback


def description(error: BaseException) -> str | None:
    """Return the text that was taken down; None if none was."""
    return _noted(error, _DESCRIPTION)


def traceback_text(error: BaseException) -> str | None:
    """Return the traceback that was taken down; None if none was."""
    return _noted(error, _TRACEBACK)


def forget(error: BaseException) -> None:
    """Forget both: ``error`` may be one object that is raised many times."""
    vars(error).pop(_DESCRIPTION, None)
    vars(error).pop(_TRACEBACK, None)


def _noted(error: BaseException, name: str) -> str | None:
    text = vars(error).get(name)
    return text if isinstance(text, str) else None
