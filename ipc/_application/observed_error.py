"""Which errors have been seen: by the author of the adaptor, who decides what follows, and by who reads the log."""

from __future__ import annotations

_OBSERVED = "_adaptor_runtime_observed"
_LOGGED = "_adaptor_runtime_logged"


def observe(error: BaseException) -> None:
    """Record that the author has seen ``error``."""
    vars(error)[_OBSERVED] = True  # not setattr: the class of an author's exception may forbid that


def is_observed(error: BaseException) -> bool:
    """Return whether the author has seen ``error``."""
    return _OBSERVED in vars(error)


def forget_observed(error: BaseException) -> None:
    """Record that ``error``, which may be one object raised many times, was raised again."""
    vars(error).pop(_OBSERVED, None)


def note_logged(error: BaseException) -> None:
    """Record that the log says what ``error`` says: it need not say it again if a hook fails with it."""
    vars(error)[_LOGGED] = True


def is_logged(error: BaseException) -> bool:
    """Return whether the log says what ``error`` says."""
    return _LOGGED in vars(error)
