"""What an ``ApplicationAdaptor`` drives: its application, the link to it, its restarts, and the progress of a task."""

from __future__ import annotations
