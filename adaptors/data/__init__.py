"""Reading the data that a user or a scheduler hands over: init data, run data, path mapping rules."""

from __future__ import annotations

from ._load import load_mapping

__all__ = ["load_mapping"]
