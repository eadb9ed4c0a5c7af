"""The beginning and the end of an application without a window."""

from __future__ import annotations


def initialize():
    print("the stand-in is loaded", flush=True)


def uninitialize():
    print("the stand-in is closed", flush=True)
