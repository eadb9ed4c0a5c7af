"""Output rules."""

from __future__ import annotations

from adaptor_runtime.app_handlers import RegexCallback, RegexHandler

__all__ = ["RegexCallback", "RegexHandler"]
