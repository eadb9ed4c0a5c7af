"""Other processes: how to identify, start, watch, and end them. This package needs no other one."""

from __future__ import annotations
