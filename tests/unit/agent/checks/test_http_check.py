"""The HTTP check against a server of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from datadog_checks.base import ConfigurationError

from heeler.agent.checks import http_check
from heeler.agent.checks.http_check import HTTPCheck


class Handler(BaseHTTPRequestHandler):
    def answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(200)
        if self.path == "/endless":
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"x" * 2**16)
            except OSError:
                return
        body = f"{self.command} größe".encode()
        kind = "text/plain; charset=no-such" if self.path == "/odd" else "text/plain; charset=utf-8"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = answer

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def checked(**instance: Any) -> tuple[int, str]:
    """The status and its message."""
    check = HTTPCheck("http_check", {}, [instance])
    found: list[tuple[int, str]] = []
    check.gauge = lambda *_, **__: None
    check.service_check = lambda _, status, tags, message: found.append((status, message))
    check.check(check.instance)
    return found[0]


@pytest.mark.parametrize("method", ["get", "POST", "put", "patch", "delete", "OPTIONS"])
def test_every_method_is_sent(url: str, method: str) -> None:
    assert checked(url=url, method=method, content_match=f"^{method.upper()} größe$") == (0, "")


def test_head_has_no_body(url: str) -> None:
    assert checked(url=url, method="head") == (0, "")
    assert checked(url=url, method="head", content_match="x")[0] == 2


def test_a_body_without_end_is_read_in_part(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_check, "_MAX_BODY", 2**18)
    assert checked(url=f"{url}/endless", content_match="^x+$") == (0, "")
    status, message = checked(url=f"{url}/endless", content_match="y")
    assert status == 2
    assert len(message) < 1000


def test_a_body_of_an_encoding_that_is_not_known(url: str) -> None:
    assert checked(url=f"{url}/odd", content_match="größe") == (0, "")


def test_a_status_of_a_number_and_a_pattern(url: str) -> None:
    assert checked(url=url, http_response_status_code=200)[0] == 0
    assert checked(url=url, http_response_status_code="4.*")[0] == 2
    status, message = checked(url=url, http_response_status_code=20)
    assert (status, "answered 200" in message) == (2, True)


@pytest.mark.parametrize(
    "instance",
    [
        {},
        {"url": "localhost"},
        {"url": "http://a", "method": "close"},
        {"url": "http://a", "method": "persist_connections"},
        {"url": "http://a", "content_match": "("},
        {"url": "http://a", "http_response_status_code": "[2"},
    ],
)
def test_options_that_cannot_be_are_refused(instance: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        HTTPCheck("http_check", {}, [instance])


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:99999", "http://a b", "http://\u2603..x", "HTTPS://127.0.0.1:1"]
)
def test_addresses_that_cannot_be_called_are_critical(url: str) -> None:
    assert checked(url=url, timeout=2)[0] == 2
