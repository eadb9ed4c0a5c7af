"""An adaptor that says what the command of a task is, and imports nothing else."""

from __future__ import annotations

import sys

from adaptor_runtime import CommandAdaptor, SemanticVersion


class Launching(CommandAdaptor):
    data_version = SemanticVersion(1, 0)

    def launch(self, run_data):
        return [sys.executable, "-S", "-c", f"print({run_data['on_run']['say']!r})"]
