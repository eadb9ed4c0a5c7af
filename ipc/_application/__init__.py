"""The link into the application: the actions that it is given, and what it asks."""

from __future__ import annotations
