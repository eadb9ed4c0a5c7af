"""An adaptor that starts no application."""

from __future__ import annotations

import sys

from adaptor_runtime import Adaptor, SemanticVersion


class Plain(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_run(self, run_data):
        if "note_modules" in run_data.get("on_run", {}):
            with open(run_data["on_run"]["note_modules"], "w") as file:
                file.write("\n".join(sys.modules))
