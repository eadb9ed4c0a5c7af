"""One session: what is decided, and how the hooks of the adaptor are called for it."""

from __future__ import annotations
