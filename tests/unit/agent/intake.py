"""An HTTP server that answers as a test says and remembers what it was sent."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from heeler.agent.forwarder.transaction import decompress


@dataclass(frozen=True)
class Answer:
    status: int = 202
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: bytes
    """Decompressed."""


Rule = Callable[[Request], Answer]


class Intake:
    """``answer`` may be changed at any time; ``accepted`` are the requests that were answered with 2xx."""

    def __init__(self, answer: Rule) -> None:
        self.answer = answer
        self.requests: list[Request] = []
        self.accepted: list[Request] = []
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        intake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                plain = decompress(body, self.headers.get("Content-Encoding", "identity"))
                request = Request(self.path, dict(self.headers), plain)
                with intake._lock:
                    intake.requests.append(request)
                answer = intake.answer(request)
                if 200 <= answer.status < 300:
                    with intake._lock:
                        intake.accepted.append(request)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@contextmanager
def intake(answer: Rule = lambda _: Answer()) -> Iterator[Intake]:
    server = Intake(answer)
    server.start()
    try:
        yield server
    finally:
        server.close()


def until(
    condition: Callable[[], object],
    seconds: float = 20.0,
    explain: Callable[[], str] = lambda: "this did not come to be",
) -> None:
    """Wait until ``condition`` holds; fails after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, explain()
        time.sleep(0.01)
