"""An adaptor that keeps an application."""

from __future__ import annotations

import os
import signal
import sys

from adaptor_runtime.adaptors import ApplicationAdaptor, OnLoss, Restart, SemanticVersion
from adaptor_runtime.rules import failure

CLIENT = "from adaptor_runtime_client import serve; serve(say=lambda text=0: print(text))"


class Kept(ApplicationAdaptor):
    data_version = SemanticVersion(1, 0)
    client_file = "linked.py"
    rules = (failure(r"^Error: .*"),)
    on_loss = OnLoss.FAIL_TASK
    restart = Restart(after_tasks=3, above_memory="10 GB")
    output_patience = 0.1

    def launch(self):
        return [sys.executable, "-S", "-u", "-c", CLIENT]

    def on_run(self, run_data):
        steps = run_data.get("on_run", {})
        if "say" in steps:
            self.application.call("say", text=steps["say"])
        if "kill" in steps:
            os.kill(self.application.process.pid, signal.SIGKILL)
            self.application.call("say")
        if "note_modules" in steps:
            with open(steps["note_modules"], "w") as file:
                file.write("\n".join(sys.modules))

    def expected_outputs(self, run_data):
        return run_data.get("outputs", ())
