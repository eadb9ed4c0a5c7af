"""The classes that authors subclass; loaded on first use."""

from __future__ import annotations

import adaptor_runtime.adaptors as ours


def __getattr__(name: str) -> object:
    return getattr(ours, name)
