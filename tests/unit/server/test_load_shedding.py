"""What would be refused for want of room is refused before the framework sees it, and nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import orjson
import pytest

from heeler.accounts import passwords
from heeler.accounts.login_attempts import BROWSER_COOKIE, address_bucket, buckets_of
from heeler.api.login_delays import AttemptLimiter
from heeler.api.services import Principal
from heeler.query import thread_pool
from heeler.query.thread_pool import QueryPool
from heeler.server import load_shedding
from heeler.server.load_shedding import LOGIN, LoadShedding
from heeler.store.fair_slots import caller


class Stage:
    """The gate over an application that answers 200 to everything."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.received: list[Any] = []
        self.queries = QueryPool(running=1, waiting=2)
        self.limiter = AttemptLimiter()
        monkeypatch.setattr(load_shedding, "pool_of", lambda _: self.queries)
        settings = SimpleNamespace(trusted_proxies=())
        services = SimpleNamespace(engine=None, settings=settings, login_attempts=self.limiter)
        self.gate = LoadShedding(cast("Any", services), self._inner)

    async def _inner(self, scope: Any, receive: Any, send: Any) -> None:
        self.received = []
        named = dict(scope["headers"]).get(b"dd-application-key")
        if named:
            scope["user"] = Principal(int(named), "", "admin")
        while scope["path"] == LOGIN and scope["method"] == "POST" and receive is not None:
            self.received.append(await receive())
            if not self.received[-1]["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def status(self, method: str, path: str, body: Sequence[bytes] = (b"",), **headers: str) -> int:
        answer: dict[str, Any] = {}

        async def send(message: Mapping[str, Any]) -> None:
            answer.update(message)

        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        scope = {"type": "http", "method": method, "path": path, "headers": raw, "client": ("10.0.0.1", 5)}
        parts = [{"type": "http.request", "body": part, "more_body": True} for part in body]
        parts[-1]["more_body"] = False

        async def receive() -> Any:
            return parts.pop(0)

        await self.gate(scope, cast("Any", receive), cast("Any", send))
        if answer["status"] != 200:
            assert orjson.loads(answer["body"])["errors"]
            assert {b"retry-after", b"cache-control"} <= {name for name, _ in answer["headers"]}
        return int(answer["status"])


async def test_queries_of_who_fills_the_queue_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    key = {"dd-application-key": "7"}
    assert await stage.status("GET", "/api/v1/query", **key) == 200
    caller.set("user:7")
    async with stage.queries.admission():
        assert await stage.status("GET", "/api/v1/query", **key) == 200

        async def wait() -> None:
            caller.set("user:7")
            async with stage.queries.admission():
                pass

        async with asyncio.TaskGroup() as tasks:
            waiting = [tasks.create_task(wait()) for _ in range(2)]
            await asyncio.sleep(0)
            for path in load_shedding.QUERIES:
                assert await stage.status("POST", path, **key) == 503
                # Whoever is not known yet is authenticated first.
                assert await stage.status("POST", path, **{"dd-application-key": "8"}) == 200
            assert await stage.status("GET", "/api/v1/dashboard", **key) == 200
            with pytest.raises(thread_pool.QueryQueueFull):
                await wait()
            for task in waiting:
                task.cancel()


async def test_logins_that_come_too_early_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    own, shared = buckets_of("ann@example.org", "10.0.0.1", None)
    assert address_bucket("10.0.0.1") in shared
    for _ in range(19):
        stage.limiter._count(address_bucket("10.0.0.1").key)
    assert await stage.status("POST", LOGIN) == 200
    stage.limiter.reserve([own, *shared])
    assert await stage.status("POST", LOGIN) == 429
    assert await stage.status("GET", LOGIN) == 200
    assert await stage.status("POST", LOGIN, cookie=f"a=b; {BROWSER_COOKIE}=x.y") == 200


async def test_logins_of_a_user_who_has_to_wait_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    own, shared = buckets_of("ann@example.org", "10.0.0.1", None)
    body = orjson.dumps({"email": " Ann@Example.org", "password": "x"})
    for _ in range(5):
        stage.limiter._count(own.key)
    assert stage.limiter.wait_seconds(shared[1]) == 0
    assert await stage.status("POST", LOGIN, [body]) == 429
    assert await stage.status("POST", LOGIN, [body], cookie=f"{BROWSER_COOKIE}=x.y") == 200
    assert await stage.status("POST", LOGIN, [orjson.dumps({"email": "bob@example.org"})]) == 200


@pytest.mark.parametrize(
    "body",
    [
        [b'{"email": "bob@example.org"}'],
        [b'{"email": "ann@', b'example.org"}'],  # what is not small is left to the framework
        [b'{"email": "ann@example.org"}' + b" " * 5000],
        [b"["], [b"[1]"], [b'{"email": 5}'], [b""],
    ],
)  # fmt: skip
async def test_what_is_looked_at_is_given_to_the_application(
    monkeypatch: pytest.MonkeyPatch, body: list[bytes]
) -> None:
    stage = Stage(monkeypatch)
    for _ in range(5):
        stage.limiter._count(buckets_of("ann@example.org", "10.0.0.1", None)[0].key)
    assert await stage.status("POST", LOGIN, body) == 200
    assert [part["body"] for part in stage.received] == body


async def test_logins_are_refused_while_too_many_hashes_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage(monkeypatch)
    monkeypatch.setattr(passwords._pool, "_waiting", passwords.MAX_WAITING)
    assert await stage.status("POST", LOGIN) == 503
    assert await stage.status("POST", LOGIN, cookie=f"{BROWSER_COOKIE}=x.y") == 200
