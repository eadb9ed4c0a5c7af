"""The entry point of an adaptor that loads nothing of its own."""

from __future__ import annotations

from adaptor_runtime import EntryPoint
from echo import Echo

if __name__ == "__main__":
    EntryPoint(Echo).start()
