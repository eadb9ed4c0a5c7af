"""An adaptor that takes what it needs, when it needs it, from the package that it has imported."""

from __future__ import annotations

import sys

import adaptor_runtime
from plain import Plain


class Whole(Plain):
    def on_run(self, run_data):
        super().on_run(run_data)
        steps = run_data.get("on_run", {})
        if "say" in steps:
            with adaptor_runtime.LoggingSubprocess(args=[sys.executable, "-S", "-c", f"print({steps['say']!r})"]):
                pass
