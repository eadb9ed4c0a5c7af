"""The report of sessions, as one page that needs nothing else."""

from __future__ import annotations
