"""Path mapping: rules, the formats of paths, and why a path was mapped as it was."""

from __future__ import annotations
