"""One attempt of a delivery, over real HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heeler.agent.config import Config
from heeler.agent.forwarder.destination import Destination
from heeler.agent.forwarder.http import HttpSender, Outcome, connection_pool
from heeler.agent.forwarder.transaction import Transaction, Verdict
from tests.conftest import free_port
from tests.unit.agent.intake import Answer, Rule, intake

BODY = Transaction("/api/v2/series", b"{}", {"X-Own": "1"}, 0.0)


def send(tmp_path: Path, answer: Rule, **settings: Any) -> tuple[Outcome, list[Any]]:
    with intake(answer) as server:
        sender = HttpSender(Destination(server.url, "the-key", "dd_url", "file"), Config(tmp_path, settings))
        return sender.send(BODY), server.requests


def test_a_delivery_has_the_key_and_its_own_headers(tmp_path: Path) -> None:
    outcome, requests = send(tmp_path, lambda _: Answer())
    assert outcome == Outcome(Verdict.SENT, 202)
    (request,) = requests
    assert (request.path, request.body) == ("/api/v2/series", b"{}")
    headers = {name.lower(): value for name, value in request.headers.items()}
    assert (headers["dd-api-key"], headers["x-own"]) == ("the-key", "1")


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (200, Verdict.SENT),
        (400, Verdict.DROPPED),
        (403, Verdict.RETRY),
        (413, Verdict.SPLIT),
        (503, Verdict.RETRY),
    ],
)
def test_verdicts(tmp_path: Path, status: int, verdict: Verdict) -> None:
    outcome, _ = send(tmp_path, lambda _: Answer(status, b'{"errors": ["why"]}'))
    assert (outcome.verdict, outcome.status) == (verdict, status)
    assert (outcome.problem == "") == (verdict is Verdict.SENT)
    assert verdict is Verdict.SENT or 'Response: {"errors": ["why"]}' in outcome.problem


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:99999/", "http://[::1/", "http://127.0.0.1:x/", "", "\x80"], ids=repr
)
def test_a_redirect_to_what_is_no_address_is_an_outcome(tmp_path: Path, location: str) -> None:
    outcome, requests = send(tmp_path, lambda _: Answer(302, b"", {"Location": location}))
    assert outcome.verdict is Verdict.RETRY
    assert outcome.problem
    assert len(requests) in (1, 6)


def test_a_redirect_keeps_method_and_body(tmp_path: Path) -> None:
    outcome, requests = send(
        tmp_path,
        lambda request: Answer() if request.path == "/new" else Answer(303, b"", {"Location": "/new"}),
    )
    assert outcome.verdict is Verdict.SENT
    assert [request.body for request in requests] == [b"{}", b"{}"]


def test_a_long_answer_is_cut(tmp_path: Path) -> None:
    outcome, _ = send(tmp_path, lambda _: Answer(500, b"x" * 1_000_000))
    assert outcome.verdict is Verdict.RETRY
    assert len(outcome.problem) < 600


def test_a_server_that_is_not_there(tmp_path: Path) -> None:
    sender = HttpSender(
        Destination(f"http://127.0.0.1:{free_port()}", "k", "dd_url", "file"), Config(tmp_path, {})
    )
    outcome = sender.send(BODY)
    assert (outcome.verdict, outcome.status) == (Verdict.RETRY, 0)
    assert "cannot be reached" in outcome.problem


def test_proxies_and_who_is_exempt(tmp_path: Path) -> None:
    config = Config(tmp_path, {"proxy.http": "http://proxy:3128", "proxy.no_proxy": ["inside"]})

    def proxied(url: str) -> bool:
        return getattr(connection_pool(url, config), "proxy", None) is not None

    assert proxied("http://outside:1")
    assert not any(
        map(
            proxied,
            ["https://outside", "http://inside", "http://localhost:1", "http://127.0.0.1", "http://[::1]:1"],
        )
    )
