"""The files through which commands find a daemon, and its private directory."""

from __future__ import annotations
