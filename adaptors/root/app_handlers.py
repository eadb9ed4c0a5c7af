"""Output rules, under the name that published adaptors import."""

from __future__ import annotations

from .adaptors.output import RegexCallback, RegexHandler

__all__ = ["RegexCallback", "RegexHandler"]
