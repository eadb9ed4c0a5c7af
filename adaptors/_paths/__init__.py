"""Path mapping: rules, path formats, and explanations."""

from __future__ import annotations
