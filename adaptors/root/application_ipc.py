"""The link to the application, under the name that published adaptors import."""

from __future__ import annotations

from .ipc import ActionsQueue, AdaptorServer

__all__ = ["ActionsQueue", "AdaptorServer"]
