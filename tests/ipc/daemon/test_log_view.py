from __future__ import annotations

import pytest
from adaptor_runtime.ipc._daemon.log_view import LogView
from adaptor_runtime.ipc._stream.spool import Spool
from adaptor_runtime_client._messages import Logs, Output, Result

MEGABYTE = 1024 * 1024


class Command:
    """The end of a command that looks, while another one reads everything."""

    def __init__(self, spool):
        self.spool = spool
        self.seen = 0
        self.answer = None

    def send_encoded(self, data):
        self.seen += len(data)
        self.spool.acknowledge(0, self.spool.size)

    def send(self, message):
        self.answer = message


@pytest.mark.faults("The view")
def test_output_that_another_command_reads_meanwhile_is_left_out(tmp_path):
    spool = Spool(str(tmp_path))
    for _ in range(16):
        spool.emit(Output("stdout"), b"x" * (MEGABYTE - 1) + b"\n")
    command = Command(spool)
    LogView(spool, command, Logs()).show()
    assert command.answer == Result(0, "", "")
    assert MEGABYTE / 2 < command.seen < 16 * MEGABYTE
