"""Delivery over real HTTP: what counts as delivered, what is retained, split or dropped, and in which
order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from heeler.agent.config import Config
from heeler.agent.forwarder import Forwarder, destinations
from heeler.wire.metrics.encode_series import Series, encode_payloads
from tests.unit.agent.intake import Answer, Intake, Request, intake, until

HTML = Answer(200, b"<html><body>Welcome</body></html>", {"Content-Type": "text/html"})


@contextmanager
def forwarder(tmp_path: Path, url: str, *, ordered: bool = False, **settings: object) -> Iterator[Forwarder]:
    values = {
        "api_key": "k" * 8,
        "dd_url": url,
        "forwarder_backoff_base": 0.01,
        "forwarder_backoff_max": 0.05,
    }
    config = Config(tmp_path, {**values, **settings})
    one = Forwarder(destinations(config), config, tmp_path / "spool", ordered=ordered)
    one.start()
    try:
        yield one
    finally:
        one.stop(2.0)


def queue(one: Forwarder) -> dict[str, object]:
    (found,) = one.status()["destinations"]
    return dict(found)


def bodies(server: Intake) -> list[bytes]:
    return [request.body for request in server.accepted]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_within_the_host_are_followed(tmp_path: Path, status: int) -> None:
    def answer(request: Request) -> Answer:
        moved = Answer(status, b"", {"Location": "/moved/api"})
        return Answer() if request.path == "/moved/api" else moved

    with intake(answer) as server, forwarder(tmp_path, server.url) as one:
        one.submit("/p", b'{"a":1}')
        until(lambda: bodies(server) == [b'{"a":1}'])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_server_is_an_error_and_loses_nothing(tmp_path: Path, status: int) -> None:
    with intake() as other:
        elsewhere = f"http://127.0.0.1:{other.port}/x"
        with (
            intake(lambda _: Answer(status, b"", {"Location": elsewhere})) as server,
            forwarder(tmp_path, server.url) as one,
        ):
            one.submit("/p", b"{}")
            until(lambda: queue(one)["problem"])
            problem = str(queue(one)["problem"])
            assert server.url in problem
            assert elsewhere in problem
            assert other.requests == []
            server.answer = lambda _: Answer()
            until(lambda: len(server.accepted) == 1)


def test_a_redirect_in_a_circle_ends(tmp_path: Path) -> None:
    with (
        intake(lambda _: Answer(302, b"", {"Location": "/p"})) as server,
        forwarder(tmp_path, server.url) as one,
    ):
        one.submit("/p", b"{}")
        until(lambda: "circle" in str(queue(one)["problem"]))


@pytest.mark.parametrize("answer", [HTML, Answer(200, b"[1]"), Answer(200, b"hello", {})])
def test_a_success_of_another_shape_is_no_delivery(tmp_path: Path, answer: Answer) -> None:
    with intake(lambda _: answer) as server, forwarder(tmp_path, server.url) as one:
        one.submit("/p", b"{}")
        until(lambda: queue(one)["problem"])
        assert f"something else answers at {server.url}" in str(queue(one)["problem"])
        server.accepted.clear()
        server.answer = lambda _: Answer()
        until(lambda: len(server.accepted) == 1)


@pytest.mark.parametrize("answer", [Answer(202, b""), Answer(200, b"OK"), Answer(202, b'{"status":"ok"}')])
def test_responses_of_intakes_are_deliveries(tmp_path: Path, answer: Answer) -> None:
    with intake(lambda _: answer) as server, forwarder(tmp_path, server.url) as one:
        one.submit("/p", b"{}")
        assert one.drain(10)
        assert queue(one)["problem"] == ""
        assert queue(one)["spooled"] == 0


def test_a_payload_that_is_too_large_is_split(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        return Answer() if len(json.loads(request.body)) <= 2 else Answer(413)

    with intake(answer) as server, forwarder(tmp_path, server.url) as one:
        one.submit("/p", json.dumps(list(range(7))).encode())
        one.submit("/p", b"[7]")
        assert one.drain(10)
        received = [number for body in bodies(server) for number in json.loads(body)]
        assert sorted(received) == list(range(8))
        assert queue(one)["dropped"] == {}


def test_series_that_are_too_large_are_split(tmp_path: Path) -> None:
    series = [Series(f"m{number}", ((1, 2.0),), (), "h") for number in range(5)]
    (payload,) = encode_payloads(series)

    def answer(request: Request) -> Answer:
        return Answer() if len(request.body) < len(payload) / 2 else Answer(413)

    with intake(answer) as server, forwarder(tmp_path, server.url) as one:
        one.submit("/p", payload, "application/x-protobuf")
        assert one.drain(10)
        assert b"".join(sorted(bodies(server), key=payload.find)) == payload


def test_a_single_item_that_is_too_large_is_dropped_and_counted(tmp_path: Path) -> None:
    with intake(lambda _: Answer(413)) as server, forwarder(tmp_path, server.url) as one:
        one.submit("/p", b"[1, 2]")
        until(lambda: sum(queue(one)["dropped"].values()) == 2)  # type: ignore[attr-defined]
        assert "413" in next(iter(queue(one)["dropped"]))  # type: ignore[call-overload]


def test_a_refused_payload_is_dropped_counted_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with intake(lambda _: Answer(400, b"no such field")) as server, forwarder(tmp_path, server.url) as one:
        for _ in range(3):
            one.submit("/p", b"{}")
        assert one.drain(10)
        assert queue(one)["dropped"] == {"400: refused by the server": 3}
    (said,) = [record.message for record in caplog.records if "400" in record.message]
    assert "is dropped" in said
    assert "Response: no such field" in said


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_key_retains_payloads_until_it_is_corrected(tmp_path: Path, status: int) -> None:
    with intake(lambda _: Answer(status)) as server, forwarder(tmp_path, server.url) as one:
        one.submit("/p", b"{}")
        until(lambda: queue(one)["spooled"] == 1)
        assert "retained" in str(queue(one)["problem"])
        server.answer = lambda _: Answer()
        until(lambda: len(server.accepted) == 1)
        assert queue(one)["dropped"] == {}


def test_an_ordered_lane_delivers_in_order_through_an_outage(tmp_path: Path) -> None:
    with intake(lambda _: Answer(503)) as server, forwarder(tmp_path, server.url, ordered=True) as one:
        for number in range(20):
            one.submit("/p", b"[%d]" % number)
        until(lambda: queue(one)["spooled"] == 20)
        server.answer = lambda _: Answer()
        for number in range(20, 30):
            one.submit("/p", b"[%d]" % number)
        until(lambda: len(server.accepted) == 30)
        assert bodies(server) == [b"[%d]" % number for number in range(30)]


def test_an_ordered_lane_drops_nothing_when_memory_and_spool_are_full(tmp_path: Path) -> None:
    settled: list[int] = []
    limits = {"forwarder_storage_max_size_in_bytes": 1500, "forwarder_retry_queue_payloads_max_size": 500}
    with (
        intake(lambda _: Answer(503)) as server,
        forwarder(tmp_path, server.url, ordered=True, **limits) as one,
    ):
        sent = 0
        while one.accepts:
            one.submit("/p", b"[%d]" % sent, settled=lambda number=sent: settled.append(number))
            sent += 1
        until(lambda: queue(one)["spooled"])
        assert len(settled) < sent
        server.answer = lambda _: Answer()
        until(lambda: len(settled) == sent)
        until(lambda: len(server.accepted) == sent)
        assert bodies(server) == [b"[%d]" % number for number in range(sent)]
        assert one.accepts


def test_a_payload_settles_when_it_is_answered_or_on_disk_and_not_before(tmp_path: Path) -> None:
    settled: list[str] = []
    with intake(lambda _: Answer(503)) as server, forwarder(tmp_path, server.url, ordered=True) as one:
        one.submit("/p", b"[1]", settled=lambda: settled.append("a"))
        until(lambda: settled)
        assert queue(one)["spooled"] == 1


def test_what_a_killed_agent_spooled_is_sent_first_by_the_next(tmp_path: Path) -> None:
    with intake(lambda _: Answer(503)) as server:
        with forwarder(tmp_path, server.url, ordered=True) as one:
            one.submit("/p", b"[1]")
            one.submit("/p", b"[2]")
            until(lambda: queue(one)["spooled"] == 2)
        server.answer = lambda _: Answer()
        with forwarder(tmp_path, server.url, ordered=True) as one:
            one.submit("/p", b"[3]")
            until(lambda: len(server.accepted) == 3)
        assert bodies(server) == [b"[1]", b"[2]", b"[3]"]
