"""The connection between two processes of one machine: the one place that chooses between the platforms."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._transport_windows import DISTRUST, Listener, Transport, address, authenticate, connect, listen
else:
    from ._transport_posix import DISTRUST, Listener, Transport, address, authenticate, connect, listen

__all__ = ["DISTRUST", "Listener", "Transport", "address", "authenticate", "connect", "listen"]
