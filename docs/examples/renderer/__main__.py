"""``python -m adaptor_runtime.examples.renderer run``, ``daemon start``, ...: what a scheduler calls."""

from __future__ import annotations

from adaptor_runtime import EntryPoint

from .adaptor import RendererAdaptor

if __name__ == "__main__":
    EntryPoint(RendererAdaptor).start()
