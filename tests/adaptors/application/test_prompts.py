"""An application that is asked in lines, and a failure rule that matches its answer."""

from __future__ import annotations

import sys

import pytest
from adaptor_runtime import ApplicationAdaptor, SemanticVersion
from adaptor_runtime.rules import failure, ready

WITHOUT_PROMPT = """
import sys
print("loaded", flush=True)
for line in sys.stdin:
    print("Error: no" if line == "bad\\n" else "done " + line, flush=True)
"""
WITH_PROMPT = """
import sys, time
for line in iter(lambda: (print("> ", end="", flush=True), sys.stdin.readline())[1], ""):
    if line == "bad\\n":
        print("Error: no", flush=True)
        time.sleep(0.2)
    else:
        print("done", line, flush=True)
"""


class Asking(ApplicationAdaptor):
    data_version = SemanticVersion(1, 0)
    rules = (ready(r"^(loaded|> )"), failure("Error: (.*)"))
    program = ""

    def launch(self):
        return [sys.executable, "-c", self.program]

    def on_run(self, run_data):
        assert self.application.ask(run_data["line"], "done (.*)")[1] == run_data["line"]


@pytest.mark.parametrize("program", [WITHOUT_PROMPT, WITH_PROMPT])
@pytest.mark.parametrize("lines", [["bad", "bad", "2"], ["1", "bad", "2", "bad", "3"]])
def test_an_application_that_answers_with_a_failure_is_asked_again_and_not_restarted(
    adaptor_session, monkeypatch, program, lines
):
    monkeypatch.setattr(Asking, "program", program)
    session = adaptor_session(Asking)
    pids = session.application_pids
    codes = [session.run({"line": line}, check=False).exit_code for line in lines]
    assert codes == [int(line == "bad") for line in lines]
    assert session.application_pids == pids
