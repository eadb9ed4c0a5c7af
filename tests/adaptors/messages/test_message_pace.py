from __future__ import annotations

import threading

import pytest
from adaptor_runtime.adaptors._messages.message_pace import AT_ONCE, INTERVAL_SECONDS, MessagePace
from adaptor_runtime_client._messages import Progress, StatusMessage
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.faults("Processes and output")


class Scheduler:
    """What was sent, and when, at a time that the test tells."""

    def __init__(self):
        self.now = 100.0
        self.sent = []
        self.times = []
        self.wakes = 0
        self.pace = MessagePace(self.take, lambda: self.now)
        self.pace.on_hold = self.wake

    def take(self, message):
        self.sent.append(message)
        self.times.append(self.now)

    def wake(self):
        self.wakes += 1

    def wait(self, seconds):
        end = self.now + seconds
        while (due := self.pace.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.pace.send_due()
        self.now = end

    def say(self, kind, values, every=0.0):
        for value in values:
            self.pace.take(kind(value))
            self.wait(every)


@pytest.fixture
def scheduler():
    return Scheduler()


def test_a_few_messages_are_sent_at_once(scheduler):
    scheduler.say(StatusMessage, map(str, range(AT_ONCE)))
    scheduler.say(Progress, range(AT_ONCE))
    assert len(scheduler.sent) == 2 * AT_ONCE
    assert scheduler.wakes == 0


@pytest.mark.parametrize(("kind", "value"), [(StatusMessage, "rendering"), (Progress, 50.0)])
def test_a_repeated_message_is_not_sent(scheduler, kind, value):
    scheduler.say(kind, [value] * 20_000, every=0.001)
    assert scheduler.sent == [kind(value)]


def test_progress_with_the_same_text_is_not_sent_again(scheduler):
    scheduler.say(Progress, [50.0, 50.000001, 120.0, 100.0, 99.0])
    assert [message.value for message in scheduler.sent] == [50.0, 120.0, 99.0]


@pytest.mark.parametrize(("kind", "make"), [(StatusMessage, str), (Progress, lambda number: number / 200)])
def test_rapid_messages_are_limited_and_the_last_is_sent(scheduler, kind, make):
    scheduler.say(kind, map(make, range(20_000)), every=1 / 20_000)
    scheduler.wait(INTERVAL_SECONDS)
    assert AT_ONCE < len(scheduler.sent) <= AT_ONCE + 1 / INTERVAL_SECONDS + 1
    assert scheduler.sent[-1] == kind(make(19_999))
    assert not scheduler.pace.is_holding


def test_a_held_message_wakes_its_sender_once(scheduler):
    scheduler.say(StatusMessage, map(str, range(AT_ONCE + 50)))
    scheduler.say(Progress, range(AT_ONCE + 50))
    assert scheduler.wakes == 1
    assert scheduler.pace.next_due() == scheduler.now + INTERVAL_SECONDS


def test_a_return_to_the_last_message_sends_nothing(scheduler):
    scheduler.say(StatusMessage, map(str, range(AT_ONCE)))
    scheduler.say(StatusMessage, ["other", str(AT_ONCE - 1)])
    scheduler.wait(10)
    assert len(scheduler.sent) == AT_ONCE


def test_held_messages_are_sent_at_the_end_in_their_order(scheduler):
    scheduler.say(Progress, range(AT_ONCE + 1))
    scheduler.say(StatusMessage, map(str, range(AT_ONCE + 1)))
    scheduler.say(Progress, [99.0])
    scheduler.pace.send_all()
    assert scheduler.sent[-2:] == [StatusMessage(str(AT_ONCE)), Progress(99.0)]
    assert scheduler.pace.next_due() is None


def test_each_task_has_its_own_messages(scheduler):
    scheduler.say(StatusMessage, ["rendering"])
    scheduler.pace.forget()
    scheduler.say(StatusMessage, ["rendering"])
    assert len(scheduler.sent) == 2


def test_the_last_word_of_many_threads_is_sent():
    scheduler = Scheduler()
    threads = [threading.Thread(target=scheduler.say, args=(StatusMessage, map(str, range(2000)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    scheduler.pace.take(StatusMessage("done"))
    scheduler.pace.send_all()
    assert scheduler.sent[-1] == StatusMessage("done")


@given(st.lists(st.tuples(st.sampled_from([StatusMessage, Progress]), st.integers(0, 3), st.floats(0, 1))))
def test_the_last_message_of_each_kind_is_sent_and_none_twice_at_any_pace(events):
    scheduler = Scheduler()
    for kind, number, seconds in events:
        scheduler.say(kind, [str(number) if kind is StatusMessage else number], every=seconds)
    scheduler.pace.send_all()
    for kind in (StatusMessage, Progress):
        said = [number for each, number, _ in events if each is kind]
        sent = [message for message in scheduler.sent if isinstance(message, kind)]
        assert [str(int(float(message[0]))) for message in sent[-1:]] == [str(number) for number in said[-1:]]
        assert all(one != other for one, other in zip(sent, sent[1:]))
        times = [at for at, message in zip(scheduler.times, scheduler.sent) if isinstance(message, kind)][:-1]
        assert all(later - at >= INTERVAL_SECONDS * 0.99 for at, later in zip(times, times[AT_ONCE:]))
