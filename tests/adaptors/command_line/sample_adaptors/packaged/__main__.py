"""What an author ships: a package with an entry point."""

from __future__ import annotations

from adaptor_runtime import EntryPoint
from scripted import Scripted

EntryPoint(Scripted).start()
