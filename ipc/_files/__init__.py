"""The files by which a daemon is found, and its private directory."""

from __future__ import annotations
