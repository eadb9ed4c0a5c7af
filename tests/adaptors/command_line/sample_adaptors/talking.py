"""An adaptor whose applications write what is no plain line of UTF-8."""

from __future__ import annotations

import re
import subprocess
import sys
import threading

from adaptor_runtime.adaptors import CommandAdaptor, LoggingSubprocess, ManagedProcess, RegexCallback, RegexHandler
from scripted import Scripted


class Talking(Scripted):
    """Takes further steps."""

    def step_answer(self, program):
        """Run a program that asks for a password."""
        asked = self.expect()
        handler = RegexHandler([RegexCallback([re.compile(r"^Password: $")], asked.set_result)])
        with self._application(program, handler) as process:
            asked.result()
            process.write_line("sesame")

    def step_watch_errors(self, program):
        """Run a program whose errors fail the task."""
        handler = RegexHandler([RegexCallback([re.compile("^Error: (.*)")], self._fail)])
        with self._application(program, handler) as process:
            process.wait()

    def step_statuses(self, texts):
        """Say many, and then what is the last word."""
        many, last = texts
        for number in range(20_000):
            self.update_status(progress=number / 400, status_message=many.format(number))
        self.update_status(progress=77, status_message=last)

    def step_child_program(self, program):
        """Run a program that has the adaptor's own output."""
        subprocess.run([sys.executable, "-S", "-c", program], check=True)

    def step_terminate(self, _):
        self.application.terminate(grace_time_s=20)

    def step_leave_application(self, program):
        """Start a program and wait until it is ready."""
        ready = threading.Event()
        handler = RegexHandler([RegexCallback([re.compile("^ready$")], lambda match: ready.set())])
        self.application = self._application(program, handler)
        ready.wait(60)

    def _application(self, program, handler):
        args = [sys.executable, "-S", "-c", program]
        return LoggingSubprocess(args=args, stdout_handler=handler, stderr_handler=handler)

    def _fail(self, match):
        raise RuntimeError(match[1])


class Command(ManagedProcess):
    def __init__(self, run_data, **options):
        super().__init__(run_data, **options, **run_data.get("options", {}))

    def get_executable(self):
        return sys.executable

    def get_arguments(self):
        return ["-S", "-c", self.run_data["program"]]


class Commands(CommandAdaptor):
    integration_data_interface_version = Scripted.integration_data_interface_version

    def get_managed_process(self, run_data):
        callback = RegexCallback([re.compile("^é (.*)")], lambda match: self.update_status(status_message=match[1]))
        return Command(run_data, stdout_handler=RegexHandler([callback]))
