from __future__ import annotations

import logging
import re
import subprocess
import sys
import threading
import time

from adaptor_runtime.adaptors import Adaptor, SemanticVersion

log = logging.getLogger(__name__)


class Subject(Adaptor):
    """Does what its run data says; without data, nothing."""

    integration_data_interface_version = SemanticVersion(1, 0)

    def on_start(self):
        self.canceled = threading.Event()
        self.server = self.serve() if self.init_data.get("server") else None
        if self.init_data.get("application"):
            command = [sys.executable, "-m", "subject.application", self.server.server_path, "2", "poll"]
            self.application = subprocess.Popen(command, stdout=subprocess.DEVNULL)

    def on_run(self, run_data):
        if "seconds" in run_data:
            time.sleep(run_data["seconds"])
        if "application" in run_data:
            self.run_application(run_data["application"], run_data.get("patterns", 0), run_data.get("pattern", ""))
        if run_data.get("wait"):
            log.info("WAITING")
            self.canceled.wait()

    def on_cancel(self):
        entered = time.monotonic_ns()
        self.canceled.set()
        log.info("CANCELED %d", entered)

    def on_stop(self):
        if self.init_data.get("application"):
            from adaptor_runtime_client import Action

            self.actions.enqueue_action(Action("close"))
            self.application.wait(10)
        if self.server is not None:
            self.server.shutdown()

    def run_application(self, arguments, count, pattern):
        from adaptor_runtime.app_handlers import RegexCallback, RegexHandler
        from adaptor_runtime.process import LoggingSubprocess

        # The first finds one line in a thousand, the others none, as is usual.
        words = ["Progress", *(f"event {number:02}" for number in range(1, count))]
        callbacks = [RegexCallback([re.compile(pattern % word)], self.progress) for word in words[:count]]
        handler = RegexHandler(callbacks) if callbacks else None
        with LoggingSubprocess(args=arguments, stdout_handler=handler, logger=log) as process:
            process.wait()

    def progress(self, match):
        self.matched = match.start()

    def serve(self):
        from adaptor_runtime.application_ipc import ActionsQueue, AdaptorServer

        self.actions = ActionsQueue()
        server = AdaptorServer(self.actions, self)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return server
