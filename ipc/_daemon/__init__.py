"""What a daemon does for commands: serve their requests, and end when nobody needs it any more."""

from __future__ import annotations
