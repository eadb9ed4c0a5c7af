"""``python -m adaptor_runtime.examples.gnuplot run``, ``daemon start``, ``template``, ...: what a scheduler calls."""

from __future__ import annotations

from adaptor_runtime import EntryPoint

from .adaptor import GnuplotAdaptor

if __name__ == "__main__":
    EntryPoint(GnuplotAdaptor).start()
