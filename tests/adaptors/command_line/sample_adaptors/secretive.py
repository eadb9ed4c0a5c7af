"""An adaptor that is careless with the secrets in its data."""

from __future__ import annotations

import sys
from typing import ClassVar

from adaptor_runtime.adaptors import Adaptor, SemanticVersion
from adaptor_runtime.adaptors.processes import LoggingSubprocess

SECRET = {"writeOnly": True, "type": "string"}


class Secretive(Adaptor):
    integration_data_interface_version = SemanticVersion(1, 0)
    init_data_schema: ClassVar = {"allOf": [{"properties": {"password": SECRET, "pin": SECRET}}]}
    run_data_schema: ClassVar = {"properties": {"token": {"$ref": "#/$defs/t"}}, "$defs": {"t": SECRET}}

    def on_run(self, run_data):
        password, pin, token = self.init_data["password"], self.init_data["pin"], run_data["token"]
        program = "import sys; sys.exit(3)"
        if run_data.get("lasts"):
            program = "import time; print('ready', flush=True); time.sleep(100)"
        arguments = [f"--login=ann:{password}", pin, "12", "--token", token]
        with LoggingSubprocess(args=[sys.executable, "-S", "-c", program, *arguments]) as application:
            application.wait()
        message = f"{password!r} and {token} were refused"
        raise ValueError(message)
