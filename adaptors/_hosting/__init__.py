"""How an adaptor gets into a process: its class, its data and configuration, its daemon or foreground session."""

from __future__ import annotations
