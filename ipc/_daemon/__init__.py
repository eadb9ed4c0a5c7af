"""What a daemon does for commands: serve their requests, and end when nobody needs it."""

from __future__ import annotations
