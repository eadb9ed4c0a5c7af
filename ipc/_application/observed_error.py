"""Which errors the author of the adaptor has seen: what follows from one of those is the author's decision."""

from __future__ import annotations

_OBSERVED = "_adaptor_runtime_observed"


def observe(error: BaseException) -> None:
    """Take note that the author has seen ``error``."""
    vars(error)[_OBSERVED] = True  # not setattr: the class of an author's exception may forbid that


def is_observed(error: BaseException) -> bool:
    """Tell whether the author has seen ``error``."""
    return _OBSERVED in vars(error)


def forget_observed(error: BaseException) -> None:
    """Take note that ``error``, which may be one object raised many times, has been raised anew."""
    vars(error).pop(_OBSERVED, None)
