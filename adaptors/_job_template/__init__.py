"""An Open Job Description job template, made of the schemas of an adaptor."""

from __future__ import annotations
