from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
import time

from openjd.adaptor_runtime._osname import OSName
from openjd.adaptor_runtime._utils import secure_open
from openjd.adaptor_runtime._version import version as runtime_version
from openjd.adaptor_runtime.adaptors import Adaptor, SemanticVersion
from openjd.adaptor_runtime.adaptors.configuration import AdaptorConfiguration
from openjd.adaptor_runtime.app_handlers import RegexCallback, RegexHandler
from openjd.adaptor_runtime.application_ipc import ActionsQueue, AdaptorServer
from openjd.adaptor_runtime.process import LoggingSubprocess
from openjd.adaptor_runtime_client import Action

from ._version import version

logger = logging.getLogger(__name__)


class NulCallback(RegexCallback):
    """The application puts NUL characters into its lines."""

    def get_match(self, msg):
        return super().get_match(msg.replace("\x00", ""))


class PublishedAdaptor(Adaptor[AdaptorConfiguration]):
    # Shared by all instances: the runtime makes one only.
    _action_queue = ActionsQueue()
    _server = None
    _client = None
    _rendering = False
    _exception = None
    _cleaning = False

    def __init__(self, *args, **kwargs):
        rules = (kwargs["path_mapping_data"] or {}).get("path_mapping_rules", [])
        rules.extend([{**rule, "source_path": f"./{rule['source_path']}"} for rule in rules])
        super().__init__(*args, **kwargs)
        print("release", version, "constructed on", OSName(), "with", runtime_version)

    @property
    def integration_data_interface_version(self):
        return SemanticVersion(major=0, minor=3)

    @property
    def _running(self):
        if self._exception is not None and not self._cleaning:
            raise self._exception
        return self._client is not None and self._client.is_running

    def _serve(self):
        self._server = AdaptorServer(self._action_queue, self)
        self._server.serve_forever()

    def _callbacks(self):
        return [
            NulCallback([re.compile("Finished frame ([0-9]+)$")], self._handle_complete),
            RegexCallback([re.compile("([0-9]+)% done")], self._handle_progress),
            RegexCallback([re.compile("Version ([0-9.]+)")], self._handle_version),
            RegexCallback([re.compile("SEVERE")], self._handle_error),
        ]

    def _handle_complete(self, match):
        if self._running:
            self._rendering = False
            self.update_status(progress=100)

    def _handle_progress(self, match):
        if self._running:
            self.update_status(progress=int(match.group(1)))

    def _handle_version(self, match):
        logger.info("application version %s", match.group(1))

    def _handle_error(self, match):
        self._exception = RuntimeError(f"the application says {match.string!r}")
        raise self._exception

    def on_start(self):
        self._server_thread = threading.Thread(target=self._serve)
        self._server_thread.start()
        while self._server is None or self._server.server_path is None:
            time.sleep(0.01)
        os.environ["PUBLISHED_SERVER_PATH"] = self._server.server_path
        for name in ("scene_file", "output"):
            self._action_queue.enqueue_action(Action(name, {name: self.init_data.get(name)}))
        with secure_open("rules.json", open_mode="w") as file:
            json.dump({rule.source_path: rule.destination_path for rule in self._path_mapping_rules}, file)
        self._start_client()
        while self._running and len(self._action_queue) > 0:
            time.sleep(0.01)
        if len(self._action_queue) > 0:
            raise RuntimeError("the application did not complete its initialization")

    def _start_client(self):
        import openjd.adaptor_runtime_client

        namespace = os.path.dirname(os.path.dirname(openjd.adaptor_runtime_client.__file__))
        os.environ["PYTHONPATH"] = os.environ["PYTHONPATH"] + os.pathsep + namespace
        handler = RegexHandler(self._callbacks())
        program = os.path.join(os.path.dirname(__file__), "client", "application.py")
        self._client = LoggingSubprocess(
            args=[sys.executable, "-S", program], stdout_handler=handler, stderr_handler=handler
        )

    def on_run(self, run_data):
        if not self._running:
            raise RuntimeError("the application is not running")
        self._rendering = True
        self._action_queue.enqueue_action(Action("start_render", run_data))
        while self._running and self._rendering:
            time.sleep(0.01)
        if not self._running:
            raise RuntimeError(f"the application exited early with {self._client.returncode}")

    def on_stop(self):
        self._action_queue.enqueue_action(Action("close"), front=True)

    def on_cleanup(self):
        self._cleaning = True
        self._action_queue.enqueue_action(Action("close"), front=True)
        due = time.time() + 30
        while self._running and time.time() < due:
            time.sleep(0.01)
        if self._running:
            self._client.terminate()
        if self._server is not None:
            self._server.shutdown()
            self._server_thread.join(timeout=30)

    def on_cancel(self):
        logger.info("CANCEL REQUESTED")
        if self._client is not None and self._running:
            self._client.terminate(grace_time_s=0)
