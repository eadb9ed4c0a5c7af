from __future__ import annotations

import pytest
from adaptor_runtime.ipc._daemon.log_view import LogView
from adaptor_runtime.ipc._stream.spool import Spool
from adaptor_runtime_client._messages import HEADER, Gap, Logs, Moment, Output, Result, decode, encode

MEGABYTE = 1024 * 1024


class Command:
    """The end of a command that looks, while another one reads everything."""

    def __init__(self, spool):
        self.spool = spool
        self.seen = 0
        self.answer = None
        self.sent = []

    def send_encoded(self, data):
        self.seen += len(data)
        self.spool.acknowledge(0, self.spool.size)

    def send(self, message):
        self.answer = message
        self.sent.append(message)


class Looker(Command):
    """The same, while nobody reads."""

    def __init__(self, spool):
        super().__init__(spool)
        self.data = b""

    def send_encoded(self, data):
        self.data += data

    @property
    def messages(self):
        """What was received: every message, or an error where one does not follow another."""
        at, found = 0, []
        while at < len(self.data):
            head, body = HEADER.unpack_from(self.data, at)
            at += HEADER.size + head
            found.append(decode(self.data[at - head : at]))
            at += body
        return found


@pytest.mark.faults("The view")
def test_output_that_another_command_reads_meanwhile_is_left_out(tmp_path):
    spool = Spool(str(tmp_path))
    for _ in range(16):
        spool.emit(Output("stdout"), b"x" * (MEGABYTE - 1) + b"\n")
    command = Command(spool)
    LogView(spool, command, Logs()).show()
    assert command.answer == Result(0, "", "")
    assert MEGABYTE / 2 < command.seen < 16 * MEGABYTE


FRAME = encode(Output("stdout"), b"x" * (MEGABYTE - 1) + b"\n")


def emit(spool, count):
    for _ in range(count):
        spool.emit(Output("stdout"), b"x" * (MEGABYTE - 1) + b"\n")


@pytest.mark.faults("The view")
@pytest.mark.parametrize("kept", [0, 1])
def test_what_was_given_back_to_the_disk_is_told_in_its_place(tmp_path, kept):
    spool = Spool(str(tmp_path))
    spool.begin("task-1")
    emit(spool, 10)
    spool.end("task-1", Result(0, "", ""))
    spool.acknowledge(0, (10 - kept) * len(FRAME))
    spool.take(spool.stream("task-1"))
    emit(spool, 2)
    for request, shown in ((Logs(since=0.0, gaps=True), kept + 2), (Logs(task_id="task-1", gaps=True), kept)):
        command = Looker(spool)
        LogView(spool, command, request).show()
        assert command.sent == [Gap((10 - kept) * len(FRAME)), Result(0, "", "")]
        assert len(command.data) == shown * len(FRAME)


def test_a_command_that_does_not_know_of_gaps_is_told_of_none(tmp_path):
    spool = Spool(str(tmp_path))
    emit(spool, 10)
    spool.acknowledge(0, spool.size)
    for request in (Logs(since=0.0), Logs(gaps=True)):
        command = Command(spool)
        LogView(spool, command, request).show()
        assert command.sent == [Result(0, "", "")]


def test_a_moment_is_put_between_events_also_in_much_output(tmp_path):
    spool = Spool(str(tmp_path))
    for _ in range(5000):
        spool.emit(Output("stdout"), b"x" * 999 + b"\n")
    command = Looker(spool)
    LogView(spool, command, Logs(since=0.0, times=True)).show()
    kinds = [type(message) for message in command.messages]
    assert kinds[0] is Moment
    assert (kinds.count(Output), kinds.count(Moment) >= 5) == (5000, True)


@pytest.mark.faults("The view")
def test_an_event_of_which_only_the_beginning_was_read_before_it_was_given_back_is_left_out(tmp_path):
    spool = Spool(str(tmp_path))
    for _ in range(16_000):
        spool.emit(Output("stdout"), b"x" * 999 + b"\n")

    class Meanwhile(Looker):
        def send_encoded(self, data):
            super().send_encoded(data)
            spool.acknowledge(0, spool.size)
            spool.emit(Output("stderr"), b"later\n")

    command = Meanwhile(spool)
    command_end = spool.size
    LogView(spool, command, Logs(since=0.0, gaps=True)).show()
    assert {type(message) for message in command.messages} == {Output}
    (gap, result) = command.sent
    assert (gap.size + len(command.data), result.exit_code) == (command_end, 0)
