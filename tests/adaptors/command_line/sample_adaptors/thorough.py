"""An adaptor whose session makes use of all that the runtime has for it."""

from __future__ import annotations

import os
import re
import sys
import threading

from adaptor_runtime.app_handlers import RegexCallback, RegexHandler
from adaptor_runtime.application_ipc import ActionsQueue, AdaptorServer
from adaptor_runtime.process import LoggingSubprocess
from adaptor_runtime_client import Action
from scripted import Scripted

# Ends only when it is killed, and has a child that does so too.
DEAF = """
import signal, subprocess, sys, time
for name in ("SIGTERM", "SIGBREAK"):
    if hasattr(signal, name):
        signal.signal(getattr(signal, name), signal.SIG_IGN)
subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(1000)"])
print("ready", flush=True)
time.sleep(1000)
"""


class Thorough(Scripted):
    """Has an application that it is linked with, and one that it reads."""

    def __init__(self, *args, **kwargs):
        os.environ.pop("PYTHONPROFILEIMPORTTIME", None)  # it is this process that tells what it loads
        super().__init__(*args, **kwargs)

    def step_note_modules(self, path):
        with open(path, "w") as file:
            file.write("\n".join(sys.modules))

    def step_link(self, _value):
        self.actions = ActionsQueue()
        self.server = AdaptorServer(self.actions, self)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        program = [sys.executable, "-S", os.path.join(os.path.dirname(__file__), "linked.py"), self.server.server_path]
        self.linked = LoggingSubprocess(args=program)

    def step_action(self, name):
        """Have the application perform an action, and wait for its result."""
        print("result:", self.actions.enqueue_action(Action(name, {"path": "/studio/a.exr"})).result())

    def step_end_link(self, _value):
        self.actions.enqueue_action(Action("close"))
        self.linked.wait()
        self.server.shutdown()

    def step_rules(self, program):
        handler = RegexHandler([RegexCallback([re.compile(r"^(\d+)%")], self.tell_progress)])
        with LoggingSubprocess(args=[sys.executable, "-S", "-u", "-c", program], stdout_handler=handler):
            pass

    def tell_progress(self, match):
        self.update_status(progress=float(match[1]), status_message=f"at {match[1]}")

    def step_map(self, path):
        print("mapped:", self.map_path(path))

    def step_deaf_application(self, _value):
        self.step_open_application(DEAF)
