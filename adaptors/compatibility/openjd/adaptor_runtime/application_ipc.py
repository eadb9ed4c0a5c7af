"""The link to the application."""

from __future__ import annotations

from adaptor_runtime.application_ipc import ActionsQueue, AdaptorServer

__all__ = ["ActionsQueue", "AdaptorServer"]
