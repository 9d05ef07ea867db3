from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from heeler.server.log_setup import RequestIds, configure, request_id

log = logging.getLogger("heeler.example")


@pytest.fixture
def output() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield io.StringIO()
    root.handlers[:] = before
    root.setLevel(level)


async def ask(headers: list[tuple[bytes, bytes]], message: str = "served") -> dict[bytes, bytes]:
    """Headers of the answer of an application that logs ``message``."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        log.warning("%s %s", message, request_id())
        await send({"type": "http.response.start", "status": 200, "headers": [(b"a", b"b")]})
        await send({"type": "http.response.body", "body": b""})

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {}

    await RequestIds(app)({"type": "http", "headers": headers}, receive, send)
    return dict(sent[0]["headers"])


async def test_json_lines_have_the_reserved_attributes_and_the_request(output: io.StringIO) -> None:
    configure("json", "INFO", output)
    headers = await ask([(b"x-request-id", b"abc-1")])
    assert headers == {b"a": b"b", b"x-request-id": b"abc-1"}
    entry = json.loads(output.getvalue())
    assert entry["message"] == "served abc-1"
    assert (entry["status"], entry["service"], entry["http"]) == ("warn", "heeler", {"request_id": "abc-1"})
    assert entry["logger"]["name"] == "heeler.example"
    assert entry["timestamp"].endswith("Z")


def test_an_exception_is_one_line_with_its_stack(output: io.StringIO) -> None:
    configure("json", "INFO", output)
    try:
        raise ValueError("bad\nthing")
    except ValueError:
        log.exception("it failed")
    (line,) = output.getvalue().splitlines()
    error = json.loads(line)["error"]
    assert (error["kind"], error["message"]) == ("ValueError", "bad\nthing")
    assert "test_log_setup.py" in error["stack"]


def test_half_a_surrogate_pair_is_written(output: io.StringIO) -> None:
    configure("json", "INFO", output)
    log.warning("path %s", "\ud800")
    assert json.loads(output.getvalue())["message"] == "path \\ud800"


@pytest.mark.parametrize("given", [b"", b"two words", b"x" * 129, b"a\r\nb", "ä".encode()])
async def test_an_id_is_made_where_none_or_a_wrong_one_is_given(given: bytes, output: io.StringIO) -> None:
    configure("text", "WARNING", output)
    headers = await ask([(b"x-request-id", given)] if given else [])
    made = headers[b"x-request-id"].decode()
    assert len(made) == 16
    assert output.getvalue().rstrip().endswith(f"heeler.example: served {made} [request {made}]")


def test_lower_levels_are_left_out(output: io.StringIO) -> None:
    configure("text", "WARNING", output)
    log.info("quiet")
    log.warning("loud")
    assert output.getvalue().count("\n") == 1
    assert "[request" not in output.getvalue()
