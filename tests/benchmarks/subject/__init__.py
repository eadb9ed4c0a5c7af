"""The adaptor that is measured. Written for one runtime; for the other, its imports are renamed when it is copied."""

from __future__ import annotations
