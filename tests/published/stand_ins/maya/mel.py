"""The other language of the application."""

from __future__ import annotations


def eval(text):
    return "masterLayer" if text.startswith("renderLayerDisplayName") else None
