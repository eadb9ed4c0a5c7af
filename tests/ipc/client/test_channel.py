from __future__ import annotations

import contextlib
import threading
from multiprocessing.connection import wait

import pytest
from adaptor_runtime_client._channel import MESSAGE_LIMIT, Channel, ChannelClosedError
from adaptor_runtime_client._messages import (
    HEADER,
    Log,
    Output,
    Progress,
    ProtocolError,
    Start,
    Status,
    Stop,
    UnknownKindError,
    encode,
)
from patience import SECONDS

pytestmark = pytest.mark.faults("Between processes")


@pytest.fixture
def ends(connected):
    ours, theirs = connected
    return Channel(ours, limit=MESSAGE_LIMIT), theirs


@pytest.fixture
def channels(ends):
    channel, raw = ends
    with contextlib.closing(Channel(raw, limit=MESSAGE_LIMIT)) as other:
        yield channel, other


def test_messages_arrive_in_order_with_their_bodies(channels):
    ours, theirs = channels
    theirs.send(Start())
    theirs.send(Output("stdout"), b"\x00\xffline\n")
    theirs.send(Stop(1.5))
    assert [ours.receive(), ours.receive(), ours.receive()] == [
        (Start(), b""),
        (Output("stdout"), b"\x00\xffline\n"),
        (Stop(1.5), b""),
    ]


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, 256 * 1024 - 43, 256 * 1024, 256 * 1024 + 1, 5_000_000])
def test_a_body_of_any_size_arrives_whole(channels, size):
    ours, theirs = channels
    body = bytes(range(256)) * (size // 256) + b"x" * (size % 256)

    def send_all():
        for _ in range(3):
            theirs.send(Output("stdout"), body)
            theirs.send(Status())

    sender = threading.Thread(target=send_all)
    sender.start()
    for _ in range(3):
        assert ours.receive() == (Output("stdout"), body)
        assert ours.last_size == len(encode(Output("stdout"), body))
        assert ours.receive() == (Status(), b"")
    sender.join()


def test_a_frame_that_arrives_byte_by_byte_is_received(ends):
    ours, raw = ends
    frame = encode(Log("INFO", "slow", {}), b"body")

    def drip():
        for byte in frame:
            raw.send(bytes([byte]))

    sender = threading.Thread(target=drip)
    sender.start()
    assert ours.receive() == (Log("INFO", "slow", {}), b"body")
    sender.join()


def test_the_end_of_the_connection_is_reported(ends):
    ours, raw = ends
    raw.send(encode(Start()))
    raw.close()
    assert ours.receive() == (Start(), b"")
    with pytest.raises(ChannelClosedError, match=r"closed the connection$"):
        ours.receive()


def test_an_incomplete_message_is_not_a_message(ends):
    ours, raw = ends
    raw.send(encode(Start())[:-1])
    raw.close()
    with pytest.raises(ChannelClosedError, match="in the middle of a message"):
        ours.receive()


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.1\r\n\r\n", b"\xff" * 8, b"\x00" * 8])
def test_garbage_is_a_protocol_error(ends, garbage):
    ours, raw = ends
    raw.send(garbage)
    assert ours.buffered() is False
    with pytest.raises(ProtocolError):
        ours.receive()


def test_a_message_over_the_limit_is_rejected_before_it_arrives(ends):
    ours, raw = ends
    ours.limit = 1000
    raw.send(HEADER.pack(10, 1000))
    with pytest.raises(ProtocolError, match="1018 bytes, more than the limit of 1000"):
        ours.receive()
    assert ours.buffered() is True


def test_a_message_of_exactly_the_limit_is_accepted(ends):
    ours, raw = ends
    frame = encode(Output("stdout"), b"x" * 100)
    ours.limit = len(frame)
    raw.send(frame)
    assert ours.receive()[1] == b"x" * 100


def test_waiting_for_a_message_can_be_limited_and_resumed(ends):
    ours, raw = ends
    frame = encode(Progress(50), b"body")
    raw.send(frame[:20])
    with pytest.raises(TimeoutError):
        ours.receive(0.01)
    raw.send(frame[20:])
    assert ours.receive(SECONDS) == (Progress(50), b"body")


def test_after_an_unknown_kind_the_next_message_is_received(ends):
    ours, raw = ends
    head = b'{"kind":"teleport"}'
    raw.send(HEADER.pack(len(head), 3) + head + b"abc" + encode(Start()))
    with pytest.raises(UnknownKindError):
        ours.receive()
    assert ours.receive() == (Start(), b"")


def test_a_message_in_memory_is_announced_to_a_loop_that_waits_for_the_descriptor(ends):
    ours, raw = ends
    raw.send(encode(Start()) + encode(Status()) + encode(Stop())[:12])
    assert wait([ours], SECONDS) == [ours]
    assert ours.receive() == (Start(), b"")
    assert wait([ours], 0) == []
    assert ours.buffered() is True
    assert ours.receive() == (Status(), b"")
    assert ours.buffered() is False


def test_threads_that_send_do_not_mix_their_messages(channels):
    ours, theirs = channels
    body = b"x" * 100_000

    def send_many():
        for _ in range(20):
            theirs.send(Output("stdout"), body)

    senders = [threading.Thread(target=send_many) for _ in range(4)]
    for sender in senders:
        sender.start()
    assert all(ours.receive() == (Output("stdout"), body) for _ in range(80))
    for sender in senders:
        sender.join()


def assert_closing_wakes(channel, call, *arguments):
    outcome = []

    def use():
        try:
            call(*arguments)
        except ChannelClosedError as error:
            outcome.append(error)

    user = threading.Thread(target=use)
    user.start()
    channel.close()
    user.join(SECONDS)
    assert len(outcome) == 1


def test_closing_wakes_a_thread_that_receives(channels):
    ours, _ = channels
    assert_closing_wakes(ours, ours.receive)


def test_closing_wakes_a_thread_that_sends_to_a_peer_that_does_not_read(ends):
    ours, _ = ends
    assert_closing_wakes(ours, ours.send, Output("stdout"), b"x" * 10_000_000)


def test_sending_to_a_closed_peer_is_reported(ends):
    ours, raw = ends
    raw.close()
    with pytest.raises(ChannelClosedError, match="no longer reads"):
        ours.send(Start())


def test_a_closed_channel_says_so(ends):
    ours, _ = ends
    ours.close()
    ours.close()
    assert "closed" in repr(ours)
    with pytest.raises(ChannelClosedError):
        ours.receive()
    with pytest.raises(ChannelClosedError):
        ours.receive(0.01)


def test_what_is_sent_at_once_is_not_sent_while_another_thread_sends(ends):
    channel, raw = ends
    small, large = encode(Start()), encode(Output("stdout"), b"x" * 5_000_000)
    assert channel.send_at_once(small)
    filling = threading.Thread(target=channel.send_encoded, args=(large,))
    filling.start()
    while channel.send_at_once(b""):
        pass
    left, buffer = len(small) + len(large), memoryview(bytearray(1_000_000))
    while left:
        left -= raw.receive_into(buffer)
    filling.join()
    assert channel.send_at_once(encode(Start()))
    raw.close()
    with pytest.raises(ChannelClosedError, match="no longer reads"):
        channel.send_at_once(encode(Start()))
