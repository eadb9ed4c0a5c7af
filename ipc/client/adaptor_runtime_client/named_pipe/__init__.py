"""The errors of a named pipe, under the names that published adaptors import."""

from __future__ import annotations
