"""What a command does with a daemon: start it, talk to it, stop it, clean up after it."""

from __future__ import annotations
