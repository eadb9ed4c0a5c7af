"""What a command does to a daemon: start it, talk to it, stop it, recover what it has left."""

from __future__ import annotations
