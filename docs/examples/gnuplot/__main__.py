"""``python -m adaptor_runtime.examples.gnuplot run``, ``daemon start``, ``template``, ...: what a scheduler calls."""

from __future__ import annotations

from adaptor_runtime import EntryPoint

if __name__ == "__main__":
    EntryPoint("adaptor_runtime.examples.gnuplot.adaptor:GnuplotAdaptor").start()
