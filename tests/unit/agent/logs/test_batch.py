"""Messages gathered to deliveries."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.agent.config import Config
from heeler.agent.forwarder import Forwarder, destinations
from heeler.agent.logs.batch import MOST_BYTES, MOST_LOGS, Batcher
from heeler.agent.logs.message import Message
from heeler.agent.logs.sources import LogSource
from tests.unit.agent.intake import Answer, Intake, intake, until

SOURCE = LogSource("app.log", service="shop", source="python", tags=("a:b",))


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[tuple[Batcher, Intake]]:
    with intake() as server:
        config = Config(tmp_path, {"api_key": "k" * 8, "dd_url": server.url, "forwarder_backoff_base": 0.01})
        forwarder = Forwarder(destinations(config), config, tmp_path / "spool", ordered=True)
        forwarder.start()
        try:
            yield Batcher(forwarder, "web-1"), server
        finally:
            forwarder.stop(1.0)


def line(text: str, origin: str = "1:2", offset: int = 0) -> Message:
    return Message(text, SOURCE, ("filename:app.log",), origin, "app.log", offset)


def test_a_delivery_is_a_list_of_documents(parts: tuple[Batcher, Intake]) -> None:
    batcher, server = parts
    batcher.add(line("first"))
    batcher.add(line("second"))
    batcher.flush()
    until(lambda: server.accepted)
    (request,) = server.accepted
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert request.path == "/api/v2/logs"
    assert (headers["dd-protocol"], headers["dd-evp-origin"]) == ("agent-json", "agent")
    sent = json.loads(request.body)
    assert [one["message"] for one in sent] == ["first", "second"]
    assert {key: sent[0][key] for key in ("hostname", "service", "ddsource", "ddtags", "status")} == {
        "hostname": "web-1",
        "service": "shop",
        "ddsource": "python",
        "ddtags": "a:b,filename:app.log",
        "status": "info",
    }
    assert batcher.total == 2


def test_a_thousand_logs_are_a_delivery(parts: tuple[Batcher, Intake]) -> None:
    batcher, server = parts
    for place in range(2 * MOST_LOGS + 1):
        batcher.add(line(str(place)))
    assert batcher.total == 2 * MOST_LOGS
    batcher.flush()
    until(lambda: len(server.accepted) == 3)
    sent = [[one["message"] for one in json.loads(request.body)] for request in server.accepted]
    assert [len(part) for part in sent] == [MOST_LOGS, MOST_LOGS, 1]
    assert [text for part in sent for text in part] == [str(place) for place in range(2 * MOST_LOGS + 1)]


def test_no_delivery_is_larger_than_five_megabytes(parts: tuple[Batcher, Intake]) -> None:
    batcher, server = parts
    for _ in range(11):
        batcher.add(line("é" * 500_000))
    batcher.flush()
    until(lambda: sum(len(json.loads(request.body)) for request in server.accepted) == 11)
    assert max(len(request.body) for request in server.accepted) <= MOST_BYTES
    assert len(server.accepted) == 3


def test_a_single_log_of_any_size_is_one_delivery(parts: tuple[Batcher, Intake]) -> None:
    batcher, server = parts
    for text in ("small", "x" * (MOST_BYTES + 1), "small"):
        batcher.add(line(text))
    batcher.flush()
    until(lambda: len(server.accepted) == 3)


def test_nothing_waits_nothing_is_sent(parts: tuple[Batcher, Intake]) -> None:
    batcher, server = parts
    batcher.flush()
    assert server.requests == []
    assert list(batcher.take_delivered()) == []


def test_what_was_delivered_is_the_last_of_each_origin_after_the_answer(
    parts: tuple[Batcher, Intake],
) -> None:
    batcher, server = parts
    release = threading.Event()
    server.answer = lambda _: Answer() if release.wait(10) else Answer(503)
    for origin, offset in (("a", 1), ("b", 2), ("a", 3), ("", 4)):
        batcher.add(line("x", origin, offset))
    assert not batcher.is_settled("a")
    batcher.flush()
    until(lambda: server.requests)
    assert list(batcher.take_delivered()) == []
    assert not batcher.is_settled("a")
    assert batcher.is_settled("c")
    release.set()
    delivered: list[Message] = []
    until(lambda: delivered.extend(batcher.take_delivered()) or len(delivered) == 2)
    assert {(one.origin, one.offset) for one in delivered} == {("a", 3), ("b", 2)}
    assert batcher.is_settled("a")


def test_an_origin_is_settled_when_all_its_deliveries_are(parts: tuple[Batcher, Intake]) -> None:
    batcher, server = parts
    batcher.add(line("x", "a", 1))
    batcher.flush()
    batcher.add(line("y", "a", 2))
    delivered: list[Message] = []
    until(lambda: delivered.extend(batcher.take_delivered()) or len(delivered) == 1)
    assert not batcher.is_settled("a")
    batcher.flush()
    until(lambda: delivered.extend(batcher.take_delivered()) or len(delivered) == 2)
    assert [one.offset for one in delivered] == [1, 2]
    assert batcher.is_settled("a")
    assert len(server.accepted) == 2
