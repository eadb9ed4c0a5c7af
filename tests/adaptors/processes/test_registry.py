from __future__ import annotations

import logging
import re

import pytest
from adaptor_runtime.adaptors.output import RegexCallback, RegexHandler
from adaptor_runtime.adaptors.processes import _registry
from recorded_output import raise_error


class Listener:
    def __init__(self):
        self.ended = []
        self.failed = []

    def process_ended(self, process):
        self.ended.append((process.pid, process.returncode, process.last_lines, process in _registry.live()))

    def callback_failed(self, process, error):
        self.failed.append((process.pid, str(error)))


@pytest.fixture
def listener():
    listener = Listener()
    _registry.subscribe(listener)
    yield listener
    _registry.unsubscribe(listener)


def test_an_application_is_live_until_it_has_ended(shell):
    process = shell("read line")
    assert process in _registry.live()
    process.wait()
    assert process not in _registry.live()


def test_an_application_that_cannot_be_started_is_never_live(start):
    before = _registry.live()
    with pytest.raises(FileNotFoundError):
        start(["/no/such"])
    assert _registry.live() == before


def test_listeners_learn_of_an_end_before_wait_returns(shell, listener):
    process = shell("echo bye; exit 3")
    process.wait()
    assert listener.ended == [(process.pid, 3, ("bye",), False)]


def test_listeners_learn_of_each_error_of_a_callback(shell, listener):
    process = shell("seq 1 9", stdout_handler=RegexHandler([RegexCallback([re.compile("[57]")], raise_error)]))
    process.wait()
    assert listener.failed == [(process.pid, "5"), (process.pid, "7")]


def test_a_listener_that_fails_delays_nothing(shell, listener, monkeypatch, caplog):
    monkeypatch.setattr(Listener, "process_ended", lambda self, process: process.wait())
    process = shell("true")
    assert process.wait(timeout_s=20) == 0
    assert "a listener failed in process_ended" in caplog.text


def test_a_removed_listener_is_not_called(shell, listener):
    _registry.unsubscribe(listener)
    _registry.unsubscribe(listener)
    shell("true").wait()
    assert listener.ended == []


def test_output_goes_where_the_process_wants_it(shell, output):
    shell("echo line; echo err >&2", emit_output=None).wait()
    assert (output.of("stdout"), output.of("stderr")) == (b"line\n", b"err\n")


def test_output_without_a_destination_is_logged(shell, caplog):
    logger = logging.getLogger("tests.render")
    shell("echo '100%s'; echo err >&2", emit_output=None, logger=logger).wait()
    assert {("tests.render", 41, "100%s"), ("tests.render", 42, "err")} <= set(caplog.record_tuples)


def test_all_applications_are_flushed(shell, sink):
    for number in range(3):
        shell(f"echo {number}; read line")
    assert _registry.flush_all(20) is True


def test_flushing_no_application_returns_at_once():
    assert _registry.flush_all(20) is True
