"""``python -m adaptor_runtime.examples.convert run``, ``daemon start``, ``template``, ...: what a scheduler calls."""

from __future__ import annotations

from adaptor_runtime import EntryPoint

from .adaptor import ConvertAdaptor

if __name__ == "__main__":
    EntryPoint(ConvertAdaptor).start()
