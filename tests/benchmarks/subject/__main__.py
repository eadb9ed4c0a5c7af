from __future__ import annotations

from adaptor_runtime import EntryPoint

from .adaptor import Subject

if __name__ == "__main__":
    EntryPoint(Subject).start()
