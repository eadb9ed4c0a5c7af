"""Which errors the author of the adaptor has seen: the author decides what follows from those."""

from __future__ import annotations

_OBSERVED = "_adaptor_runtime_observed"


def observe(error: BaseException) -> None:
    """Record that the author has seen ``error``."""
    vars(error)[_OBSERVED] = True  # not setattr: the class of an author's exception may forbid that


def is_observed(error: BaseException) -> bool:
    """Return whether the author has seen ``error``."""
    return _OBSERVED in vars(error)


def forget_observed(error: BaseException) -> None:
    """Record that ``error``, which may be one object raised many times, was raised again."""
    vars(error).pop(_OBSERVED, None)
