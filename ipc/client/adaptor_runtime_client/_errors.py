"""What goes wrong between an application and its adaptor, as the application sees it."""

from __future__ import annotations


class AdaptorGoneError(ConnectionError, RuntimeError):
    """Nobody answers at the address of the adaptor, or not any more."""
