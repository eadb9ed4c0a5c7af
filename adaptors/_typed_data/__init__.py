"""Data as instances of an author's attrs classes: their types, the schema that follows, and how data becomes one."""

from __future__ import annotations
