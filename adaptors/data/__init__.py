"""Reading the data that a user or a scheduler hands over: init data, run data, path mapping rules."""

from ._load import load_mapping

__all__ = ["load_mapping"]
