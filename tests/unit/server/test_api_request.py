"""Bodies of the API: bounded before they are decoded, and decoded beside the event loop."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from litestar import Litestar, post
from litestar.testing import TestClient

from heeler.api.request_bodies import INLINE_BYTES, MAX_API_BODY, MAX_API_CONTAINERS
from heeler.server import api_request
from heeler.server.api_request import ApiRequest
from heeler.server.app import EXCEPTION_HANDLERS
from tests.unit.accounts.conftest import KEYS, App, app, quick_hashes, services

__all__ = ["app", "quick_hashes", "services"]


@post("/raw")
async def raw(request: ApiRequest) -> int:
    return len(await request.body())


@post("/document")
async def document(data: Any) -> int:
    return len(data)


def _client() -> TestClient[Litestar]:
    handlers = [raw, document]
    return TestClient(Litestar(handlers, request_class=ApiRequest, exception_handlers=EXCEPTION_HANDLERS))


@pytest.mark.parametrize("path", ["/raw", "/document"])
def test_a_body_of_too_many_objects_is_refused_before_it_is_decoded(path: str) -> None:
    body = b"[" + b"{}," * MAX_API_CONTAINERS + b"{}]"
    with _client() as client:
        answer = client.post(path, content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert "objects and lists" in answer.text


def test_what_is_not_small_is_decoded_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[str] = []
    decode = api_request.decode_json

    def noted(body: bytes) -> Any:
        threads.append(threading.current_thread().name)
        return decode(body)

    monkeypatch.setattr(api_request, "decode_json", noted)
    with _client() as client:
        assert client.post("/document", json=["x"]).json() == 1
        assert threads == []
        assert client.post("/document", json=["x" * INLINE_BYTES]).json() == 1
    assert [name.startswith("api-decode") for name in threads] == [True]


def test_a_broken_body_is_refused_at_every_size() -> None:
    with _client() as client:
        for size in (10, INLINE_BYTES * 2):
            content = b"[" + b"1," * size
            headers = {"content-type": "application/json"}
            assert client.post("/document", content=content, headers=headers).status_code == 400


async def test_events_and_dashboards_have_the_limits(app: App) -> None:
    many = b'{"title": "t", "text": "x", "tags": [' + b"{}," * MAX_API_CONTAINERS + b"{}]}"
    for path in ("/api/v1/events", "/api/v1/dashboard"):
        answer = await app.post(path, content=many, headers={**KEYS, "content-type": "application/json"})
        assert answer.status_code == 413
        answer = await app.post(path, content=b" " * (MAX_API_BODY + 1), headers=KEYS)
        assert answer.status_code == 413


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/dashboard"),
        ("POST", "/api/v2/query/timeseries"),
        ("POST", "/api/v2/catalog/entity"),
        ("POST", "/api/v2/services/definitions"),
        ("PUT", "/api/v1/metrics/some.metric"),
        ("POST", "/api/v2/metrics/tag-indexing-rules"),
        ("POST", "/api/v2/snapshot"),
    ],
)
@pytest.mark.parametrize("body", [b'{"data":' * 50_000, b"[" * 90_000, b'{"data":{"a":' + b"[" * 3000])
async def test_deep_bodies_are_the_senders_error(app: App, method: str, path: str, body: bytes) -> None:
    headers = {**KEYS, "content-type": "application/json"}
    answer = await app.request(method, path, content=body, headers=headers)
    assert answer.status_code in (400, 413), answer.text
