from __future__ import annotations

import socket
from typing import Any

import pytest
from datadog_checks.base import ConfigurationError

from heeler.agent.checks.tcp_check import TCPCheck
from tests.conftest import free_port
from tests.unit.agent.checks.recorded import Recorded, recorded


def checked(**instance: Any) -> Recorded:
    check = TCPCheck("tcp_check", {}, [instance])
    found = recorded(check)
    check.check({})
    return found


@pytest.mark.parametrize(
    "instance",
    [
        {},
        {"host": "", "port": 1},
        {"host": "a"},
        {"host": "a", "port": 0},
        {"host": "a", "port": 65_536},
        {"host": "a", "port": True},
        {"host": "a", "port": 1.5},
        {"host": "a", "port": "http"},
        {"host": "a", "port": "\N{SUPERSCRIPT TWO}"},
        {"host": "a", "port": 1, "timeout": -1},
        {"host": "a", "port": 1, "timeout": "nan"},
        {"host": "a", "port": 1, "timeout": "inf"},
        {"host": "a", "port": 1, "timeout": "soon"},
        {"host": "a", "port": 1, "timeout": [1]},
    ],
)
def test_an_instance_that_cannot_be_checked_is_an_error_of_its_configuration(
    instance: dict[str, Any],
) -> None:
    with pytest.raises(ConfigurationError):
        TCPCheck("tcp_check", {}, [instance])


@pytest.mark.parametrize("timeout", [None, 0, "5", 2.5])
def test_a_port_may_be_text_and_a_timeout_absent(timeout: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = checked(host="127.0.0.1", port=str(port), timeout=timeout, tags=None)
    assert [(name, status) for name, status, _ in found.statuses] == [("tcp.can_connect", 0)]
    assert found.values == {"network.tcp.can_connect": 1}
    assert f"port:{port}" in found.tags[0]


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..example", "nul\0.example", "\ud800.example"])
def test_a_text_that_is_no_name_is_critical(host: str) -> None:
    found = checked(host=host, port=1)
    ((name, status, message),) = found.statuses
    assert (name, status) == ("tcp.can_connect", 2)
    assert "cannot be resolved" in message
    assert found.values == {"network.tcp.can_connect": 0}


def test_every_address_is_reported_once(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = free_port()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def look_up(*_: object, **__: object) -> list[Any]:
            inet = socket.AF_INET
            places = [("127.0.0.1", port), ("127.0.0.1", port), ("127.0.0.1", closed)]
            return [(inet, socket.SOCK_STREAM, 6, "", place) for place in places]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        assert [status for _, status, _ in checked(host="a", port=port, multiple_ips=True).statuses] == [0, 2]
        assert [status for _, status, _ in checked(host="a", port=port).statuses] == [0]
