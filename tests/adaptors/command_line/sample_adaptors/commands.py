"""An adaptor that runs one command for each task."""

from __future__ import annotations

import sys

from adaptor_runtime.adaptors import CommandAdaptor, SemanticVersion
from adaptor_runtime.process import ManagedProcess
from scripted import note


class Program(ManagedProcess):
    def get_executable(self):
        return sys.executable

    def get_arguments(self):
        return ["-S", "-u", "-c", self.run_data["program"]]


class Commands(CommandAdaptor):
    integration_data_interface_version = SemanticVersion(1, 0)

    def get_managed_process(self, run_data):
        note("get_managed_process")
        return Program(run_data)

    def on_start(self):
        note("on_start")

    def on_stop(self):
        note("on_stop")

    def on_cleanup(self):
        note("on_cleanup")
