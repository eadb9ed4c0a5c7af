"""``openjd.adaptor_runtime``, for adaptors that were written for it: each module provides the names of ours."""

from __future__ import annotations

import adaptor_runtime as ours


def __getattr__(name: str) -> object:
    return getattr(ours, name)
