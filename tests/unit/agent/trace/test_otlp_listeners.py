"""The ports for OpenTelemetry: taken, wrong, and none."""

from __future__ import annotations

import logging
import socket
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from heeler.agent.component import ComponentError
from heeler.agent.config import Config
from heeler.agent.trace.otlp_listeners import OtlpListeners


def listeners(folder: Path, http: str, grpc: str) -> OtlpListeners:
    protocols = "otlp_config.receiver.protocols"
    config = Config(
        folder, {"api_key": "k", f"{protocols}.http.endpoint": http, f"{protocols}.grpc.endpoint": grpc}
    )
    context = SimpleNamespace(
        config=config, hostname=SimpleNamespace(name="box"), forwarder=None, log=logging.getLogger("test")
    )
    return OtlpListeners(cast("Any", context), cast("Any", None), cast("Any", None))


async def test_a_taken_port_does_not_keep_the_other_closed(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        one = listeners(tmp_path, f"127.0.0.1:{port}", "127.0.0.1:0")
        await one.listen()
        try:
            status = one.status()
            assert [address.rpartition(":")[0] for address in status["listening"]] == ["grpc://127.0.0.1"]
            assert len(status["problems"]) == 1
            assert "http://127.0.0.1 is not opened" in status["problems"][0]
            other = int(status["listening"][0].rpartition(":")[2])
            socket.create_connection(("127.0.0.1", other)).close()
        finally:
            await one.close()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", other))


async def test_nothing_is_opened_where_nothing_is_wanted(tmp_path: Path) -> None:
    one = listeners(tmp_path, " ", "")
    await one.listen()
    assert one.status()["listening"] == one.status()["problems"] == []
    await one.close()


@pytest.mark.parametrize("endpoint", ["localhost", "localhost:", "a:65536", "a:-1", "a:４３１８", "a:1/"])
async def test_an_endpoint_that_is_none_is_named_before_anything_is_opened(
    tmp_path: Path, endpoint: str
) -> None:
    one = listeners(tmp_path, "127.0.0.1:0", endpoint)
    try:
        with pytest.raises(ComponentError, match=r"grpc\.endpoint"):
            await one.listen()
        assert one.status()["listening"] == []
    finally:
        await one.close()
