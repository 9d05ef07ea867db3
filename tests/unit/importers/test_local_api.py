from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Litestar, Request, get, post
from litestar.params import FromPath
from litestar.response import Stream

from heeler.importers.client import ApiProblem
from heeler.importers.local_api import LocalApi

HEADERS = [
    (b"DD-API-KEY", b"key"),
    (b"Cookie", b"a=1"),
    (b"host", b"h:1"),
    (b"content-length", b"99"),
    (b"x", b"y"),
]


@get("/streamed")
async def streamed() -> Stream:
    async def parts() -> AsyncIterator[str]:
        yield "["
        for number in range(50):
            await asyncio.sleep(0)
            yield f"{number},"
        yield "0]"

    return Stream(parts(), media_type="application/json")


@post("/echo/{name:str}")
async def echo(request: Request[Any, Any, Any], name: FromPath[str]) -> dict[str, Any]:
    headers = {key.lower(): value for key, value in request.headers.items()}
    return {
        "name": name,
        "query": dict(request.query_params),
        "body": await request.json(),
        "headers": headers,
    }


@get("/empty", status_code=204)
async def empty() -> None:
    return None


@get("/html")
async def html() -> str:
    return "<html>"


@get("/fails")
async def fails() -> None:
    raise RuntimeError("secret")


APP = Litestar([streamed, echo, empty, html, fails], openapi_config=None)


def api(app: Any = APP) -> LocalApi:
    return LocalApi(app, HEADERS, ("192.0.2.1", 1))


async def test_a_streamed_response_is_read_to_its_end() -> None:
    assert await api().request("GET", "/streamed") == [*range(50), 0]


async def test_paths_queries_and_bodies_arrive_as_given() -> None:
    body = {"a": ["é", 1, None]}
    found = await api().request("POST", "/echo/a%20b%C3%A9", {"q": "x&y=é"}, body)
    assert (found["name"], found["query"]) == ("a bé", {"q": "x&y=é"})
    assert found["body"] == body


async def test_credentials_and_the_host_go_along_and_nothing_else() -> None:
    headers = (await api().request("POST", "/echo/a", None, {}))["headers"]
    assert headers == {
        "dd-api-key": "key", "cookie": "a=1", "host": "h:1", "content-type": "application/json",
        "content-length": "2",
    }  # fmt: skip


async def test_no_content_is_none() -> None:
    assert await api().request("GET", "/empty") is None


async def broken(scope: Any, receive: Any, send: Any) -> None:
    raise ZeroDivisionError


async def silent(scope: Any, receive: Any, send: Any) -> None:
    await receive()


@pytest.mark.parametrize(
    ("app", "path", "status"),
    [(APP, "/html", 0), (APP, "/missing", 404), (APP, "/fails", 500), (broken, "/", 500), (silent, "/", 500)],
)
async def test_whatever_fails_is_a_problem_of_one_call(app: Any, path: str, status: int) -> None:
    with pytest.raises(ApiProblem) as caught:
        await api(app).request("GET", path)
    assert caught.value.status == status


async def test_the_client_leaves_when_it_has_the_response() -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        waiting = asyncio.ensure_future(receive())
        await asyncio.sleep(0)
        seen.append(waiting.done())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"[1", "more_body": True})
        await asyncio.sleep(0)
        seen.append(waiting.done())
        await send({"type": "http.response.body", "body": b"]"})
        seen.append((await waiting)["type"])

    assert await api(app).request("GET", "/") == [1]
    assert seen == [False, False, "http.disconnect"]
