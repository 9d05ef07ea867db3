"""The bounded queue between a source's own thread and the component's."""

from __future__ import annotations

import threading

import pytest

from heeler.agent.logs.message import Message
from heeler.agent.logs.receiver import Receiver
from heeler.agent.logs.sources import LogSource
from tests.unit.agent.intake import until

SOURCE = LogSource(type="tcp", port=1)


class Source(Receiver):
    """A source that a test puts messages into."""

    def put(self, text: str) -> None:
        self._put(Message(text, SOURCE))

    def offer(self, text: str) -> None:
        self._offer(Message(text, SOURCE))

    def stop(self) -> None:
        self._stop.set()


def texts(one: Source) -> list[str]:
    return [message.text for message in one.take()]


def test_messages_are_taken_in_order_and_once() -> None:
    one = Source(SOURCE, 3)
    for text in "abc":
        one.offer(text)
    assert texts(one) == ["a", "b", "c"]
    assert texts(one) == []


def test_what_finds_no_room_is_counted() -> None:
    one = Source(SOURCE, 2)
    for text in "abcd":
        one.offer(text)
    assert one.counts["dropped"] == 2
    assert texts(one) == ["a", "b"]


def test_a_sender_waits_for_room_and_loses_nothing() -> None:
    one = Source(SOURCE, 2)
    sender = threading.Thread(target=lambda: [one.put(str(place)) for place in range(10)])
    sender.start()
    found: list[str] = []
    until(lambda: found.extend(texts(one)) or len(found) == 10)
    sender.join(5)
    assert found == [str(place) for place in range(10)]
    assert one.counts["dropped"] == 0


def test_at_the_end_a_sender_does_not_wait_for_ever() -> None:
    one = Source(SOURCE, 1)
    one.put("a")
    one.stop()
    one.put("b")
    assert one.counts["dropped"] == 1
    assert texts(one) == ["a"]


def test_one_look_takes_no_more_than_the_queue_holds() -> None:
    one = Source(SOURCE, 2)
    one.offer("a")
    one.offer("b")
    assert len(one.take()) == 2


def test_sources_say_how_they_begin_and_end() -> None:
    for call in (Receiver(SOURCE, 1).start, Receiver(SOURCE, 1).close):
        with pytest.raises(NotImplementedError):
            call()
