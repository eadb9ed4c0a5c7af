"""What goes wrong between an application and its adaptor, as the application sees it."""

from __future__ import annotations


class AdaptorGoneError(ConnectionError, RuntimeError):
    """No adaptor answers at the address, or it no longer does."""


class AdaptorRefusedError(AdaptorGoneError):
    """The adaptor does not let this process perform its actions, because another one does."""
