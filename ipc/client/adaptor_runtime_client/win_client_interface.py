"""A name that published clients import, on every platform."""

from __future__ import annotations

from ._client_interface import ClientInterface

__all__ = ["WinClientInterface"]

WinClientInterface = ClientInterface
