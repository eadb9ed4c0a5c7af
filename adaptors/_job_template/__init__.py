"""An Open Job Description job template, made from the schemas of an adaptor."""

from __future__ import annotations
