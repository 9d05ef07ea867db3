"""``stream-logs``: messages as JSON lines over a Unix socket."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from heeler.agent.logs.message import Message
from heeler.agent.logs.sources import LogSource
from heeler.agent.logs.stream import MessageStream
from tests.unit.agent.intake import until

SOURCE = LogSource("/var/log/app.log", service="shop", source="python")


@pytest.fixture
def stream(tmp_path: Path) -> Iterator[MessageStream]:
    one = MessageStream(tmp_path / "run" / "stream.sock", "web-1")
    one.start()
    try:
        yield one
    finally:
        one.close()


def connect(tmp_path: Path, stream: MessageStream, count: int) -> socket.socket:
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(5)
    client.connect(str(tmp_path / "run" / "stream.sock"))
    until(lambda: len(stream._clients) == count)
    return client


def test_each_client_gets_each_message(tmp_path: Path, stream: MessageStream) -> None:
    clients = [connect(tmp_path, stream, place + 1) for place in range(2)]
    stream.publish(Message("first\nline", SOURCE))
    stream.publish(Message("second", SOURCE, hostname="other"))
    for client in clients:
        with client, client.makefile() as lines:
            found = [json.loads(lines.readline()) for _ in range(2)]
        assert [one["message"] for one in found] == ["first\nline", "second"]
        assert [one["hostname"] for one in found] == ["web-1", "other"]
        assert found[0]["service"] == "shop"
        assert found[0]["source"] == SOURCE.title


def test_nobody_listens(stream: MessageStream) -> None:
    stream.publish(Message("x", SOURCE))


def test_a_client_that_went_away_is_forgotten(tmp_path: Path, stream: MessageStream) -> None:
    connect(tmp_path, stream, 1).close()
    stream.publish(Message("x", SOURCE))
    until(lambda: stream.publish(Message("x", SOURCE)) or not stream._clients)


def test_a_client_that_does_not_read_holds_nobody_up_and_sees_whole_lines(
    tmp_path: Path, stream: MessageStream
) -> None:
    slow, quick = connect(tmp_path, stream, 1), connect(tmp_path, stream, 2)
    for _ in range(300):
        stream.publish(Message("x" * 10_000, SOURCE))
        quick.recv(100_000)
    slow.setblocking(False)
    taken = b""
    while True:
        try:
            part = slow.recv(1 << 20)
        except BlockingIOError:
            break
        if not part:
            break
        taken += part
    # Of the last line only a part may have fitted; then the connection has ended.
    for line in taken.split(b"\n")[:-1]:
        assert json.loads(line)["message"] == "x" * 10_000
    quick.close()
    slow.close()


def test_the_socket_is_for_the_owner_and_goes_with_the_stream(tmp_path: Path) -> None:
    path = tmp_path / "run" / "stream.sock"
    path.parent.mkdir()
    path.write_text("left by a killed agent")
    one = MessageStream(path, "web-1")
    one.start()
    assert path.stat().st_mode & 0o777 == 0o600
    one.close()
    assert not path.exists()


def test_a_socket_that_cannot_be_made_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    one = MessageStream(tmp_path / ("x" * 200), "web-1")
    one.start()
    assert "stream-logs does not work" in caplog.text
    one.publish(Message("x", SOURCE))
    one.close()
