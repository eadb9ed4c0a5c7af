from __future__ import annotations

version = "4.2"
