"""Hooks that are called by hand, as an author's tests call them."""

from __future__ import annotations

import gc
import re
import sys

import pytest
from adaptor_runtime import (
    Adaptor,
    ApplicationLostError,
    LoggingSubprocess,
    RegexCallback,
    RegexHandler,
    SemanticVersion,
)
from adaptor_runtime.adaptors.processes import _registry as registry
from patience import SECONDS

ECHO = "import sys\nfor line in sys.stdin:\n    exec(line)\n"


class EchoAdaptor(Adaptor):
    data_version = SemanticVersion(1, 0)

    def on_start(self):
        rules = RegexHandler([RegexCallback([re.compile("^answer (.*)")], self.answer)])
        self.application = LoggingSubprocess(args=[sys.executable, "-uc", ECHO], stdout_handler=rules)
        self.declare_application(self.application)

    def on_run(self, run_data):
        self.answered = self.expect()
        self.application.write_line(run_data["line"])
        return self.answered.result(SECONDS)

    def answer(self, match):
        self.answered.set_result(float(match[1]))

    def on_cleanup(self):
        self.application.terminate(grace_time_s=1)


@pytest.fixture
def adaptor():
    adaptor = EchoAdaptor({})
    adaptor.on_start()
    yield adaptor
    adaptor.on_cleanup()


def test_a_wait_ends_with_the_application(adaptor):
    assert adaptor.on_run({"line": "print('answer 5')"}) == 5
    with pytest.raises(ApplicationLostError, match="exited with 3"):
        adaptor.on_run({"line": "sys.exit(3)"})


def test_a_wait_that_begins_after_the_end_of_the_application_ends(adaptor):
    adaptor.application.terminate(0)
    with pytest.raises(ApplicationLostError):
        adaptor.expect(of=adaptor.application).result(SECONDS)


def test_a_wait_ends_with_the_error_of_a_callback_and_the_next_one_begins_anew(adaptor):
    with pytest.raises(ValueError, match="could not convert"):
        adaptor.on_run({"line": "print('answer no')"})
    assert adaptor.on_run({"line": "print('answer 7')"}) == 7


def test_a_forgotten_adaptor_is_told_nothing_from_the_next_event_on():
    adaptor = EchoAdaptor({})
    adaptor.expect()
    listener = registry._registry._listeners[-1]
    del adaptor
    gc.collect()
    with LoggingSubprocess(args=[sys.executable, "-c", ""]):
        assert listener not in registry._registry._listeners
