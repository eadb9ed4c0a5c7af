"""The link to the application: the actions that it performs, and the questions that it asks."""

from __future__ import annotations
