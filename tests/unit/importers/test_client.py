from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from heeler.importers.client import ApiProblem, HttpApi, problem_text

Answer = tuple[int, dict[str, str], Any]


@contextmanager
def serving(*answers: Answer) -> Iterator[tuple[str, list[str]]]:
    """A server that gives these answers in turn, and the requests that it got."""
    left, seen = list(answers), []

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            seen.append(f"{self.command} {self.path} {self.headers['DD-API-KEY']} {body.decode()}".strip())
            status, headers, answer = left.pop(0)
            content = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()


class Sleeps:
    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


def api(url: str, sleeps: Sleeps) -> HttpApi:
    return HttpApi(url, "key", "app", private_targets=("127.0.0.1",), sleep=sleeps)


async def test_a_limit_is_waited_for_as_the_server_tells() -> None:
    sleeps = Sleeps()
    limited = (429, {"X-RateLimit-Reset": "7"}, {"errors": ["Rate limit"]})
    last = (200, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "3"}, {"ok": 1})
    with serving(limited, last) as (url, seen):
        assert await api(url, sleeps).request("POST", "/x", {"a": "b"}, {"c": 1}) == {"ok": 1}
    assert seen == ['POST /x?a=b key {"c": 1}'] * 2
    assert sleeps.seconds == [7.0, 3.0]


async def test_reading_is_repeated_and_writing_is_not() -> None:
    sleeps = Sleeps()
    broken = (500, {}, {"errors": ["broken"]})
    with serving(broken, (200, {}, [])) as (url, _):
        assert await api(url, sleeps).request("GET", "/x") == []
    with serving(broken) as (url, seen):
        with pytest.raises(ApiProblem, match="500: broken") as caught:
            await api(url, sleeps).request("POST", "/x", None, {})
        assert len(seen) == 1
    assert caught.value.status == 500


async def test_a_server_that_never_gets_better_is_given_up() -> None:
    with serving(*[(429, {}, {"errors": ["later"]})] * 5) as (url, seen):
        with pytest.raises(ApiProblem, match="Given up after 5 attempts: 429: later"):
            await api(url, Sleeps()).request("GET", "/x")
        assert len(seen) == 5


async def test_an_address_that_does_not_answer_is_an_error() -> None:
    with pytest.raises(ApiProblem, match=r"127\.0\.0\.1"):
        await api("http://127.0.0.1:9", Sleeps()).request("POST", "/x", None, {})


def test_texts_of_problems() -> None:
    assert problem_text(400, b'{"errors": [{"detail": "Bad"}, {"title": "Worse"}]}') == "400: Bad; Worse"
    assert problem_text(502, b"<html>") == "502: <html>"
