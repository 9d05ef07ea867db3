"""The component as tracers meet it: its addresses, over real sockets."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from heeler.agent.component import ComponentContext, ComponentError
from heeler.agent.config import Config
from heeler.agent.hostname import resolve_hostname
from heeler.agent.trace import TraceComponent
from heeler.agent.trace.proxy import ACCEPTED, REFUSED
from tests.conftest import free_port

TRACE = [[{"service": "shop", "name": "web", "trace_id": 1, "span_id": 1, "start": 1790000000000000000}]]


def context_for(tmp_path: Path, port: int, **more: object) -> ComponentContext:
    values = {
        "api_key": "k" * 32,
        "dd_url": f"http://127.0.0.1:{free_port()}",
        "hostname": "web-1",
        "apm_config.receiver_port": port,
        "apm_config.receiver_socket": str(tmp_path / "apm.socket"),
        **more,
    }
    config = Config(tmp_path, values)
    return ComponentContext("trace", config, resolve_hostname(config))


@contextmanager
def running(context: ComponentContext) -> Iterator[TraceComponent]:
    component = TraceComponent(context)
    ready = threading.Event()
    context.ready = ready.set  # type: ignore[method-assign]
    thread = threading.Thread(target=lambda: asyncio.run(component.serve()))
    thread.start()
    try:
        assert ready.wait(60)
        yield component
    finally:
        context.request_stop()
        thread.join(10)
        context.close()
    assert not thread.is_alive()


def ask(
    port: int, method: str, path: str, body: object = b"", **headers: str
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers=named, encode_chunked=not isinstance(body, bytes))  # type: ignore[arg-type]
    answer = connection.getresponse()
    data = answer.read()
    found = {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return answer.status, data, found


def test_every_address_is_answered(tmp_path: Path) -> None:
    port = free_port()
    context = context_for(tmp_path, port)
    with running(context) as component:
        status, info, headers = ask(port, "GET", "/info")
        assert status == 200
        assert headers["datadog-agent-state"] == hashlib.sha256(info).hexdigest()
        for endpoint in json.loads(info)["endpoints"]:
            if "traces" in endpoint or "spans" in endpoint or endpoint == "/v0.6/stats":
                continue
            code, _, _ = ask(port, "POST", endpoint, b"{}", X_Datadog_EVP_Subdomain="api")
            accepted = endpoint.startswith(("/v0.7/config", "/telemetry", "/dogstatsd"))
            assert code == ((202 if "telemetry" in endpoint else 200) if accepted else 404), endpoint
        body = msgspec.msgpack.encode(TRACE)
        for method, version in (("POST", "v0.3"), ("PUT", "v0.4"), ("POST", "v0.4")):
            code, said, _ = ask(port, method, f"/{version}/traces", body, Content_Type="application/msgpack")
            assert code == 200
        assert json.loads(said)["rate_by_service"]["service:,env:"] == 1.0
        assert component._status()["received"]["spans"] == 3


def test_bodies_may_be_chunked_and_connections_kept(tmp_path: Path) -> None:
    port = free_port()
    with running(context_for(tmp_path, port)):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        for _ in range(3):
            parts = iter([b"[", b"]"])
            connection.request(
                "POST", "/telemetry/proxy/api/v2/apmtelemetry", body=parts, encode_chunked=True
            )
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 202
        connection.close()


def test_refusals_say_why(tmp_path: Path) -> None:
    port = free_port()
    with running(context_for(tmp_path, port, **{"apm_config.max_payload_size": 100})):
        kind = "application/msgpack"
        assert ask(port, "POST", "/v0.4/traces", b"\xc1", Content_Type=kind)[0] == 400
        assert ask(port, "POST", "/v0.4/traces", b"x" * 200, Content_Type=kind)[0] == 413
        assert ask(port, "POST", "/v0.4/traces", b"[]", Content_Type="text/html")[0] == 415
        assert ask(port, "GET", "/info", Sec_Fetch_Site="cross-site")[0] == 403
        assert ask(port, "POST", "/v0.9/nothing")[0] == 404
        with socket.create_connection(("127.0.0.1", port), 5) as raw:
            raw.sendall(b"NOT HTTP\r\n\r\n")
            assert b" 400 " in raw.recv(1000)


def test_what_is_not_stored_is_refused_and_counted(tmp_path: Path) -> None:
    port = free_port()
    with running(context_for(tmp_path, port)) as component:
        for path in REFUSED:
            status, body, _ = ask(port, "POST", path, b"{}")
            assert status == 404
            assert b"not supported" in body
        for _ in range(2):
            assert ask(port, "POST", "/profiling/v1/input", b"{}")[0] == 404
        metric = "/evp_proxy/v2/api/intake/llm-obs/v2/eval-metric"
        assert ask(port, "POST", metric, b"{}", X_Datadog_EVP_Subdomain="api")[0] == 404
        assert ask(port, "POST", metric, b"{}", X_Datadog_EVP_Subdomain="a b")[0] == 400
        for one in ACCEPTED:
            assert ask(port, "POST", one.path.rstrip("/"), b"{}")[0] == 202
            assert ask(port, "POST", f"{one.path}api/v2/x", b"{}")[0] == 202
        counted = component._status()["sent_and_not_stored"]
        assert counted["profiles"] == 3
        assert counted["debugger"] == 3
        assert counted["telemetry"] == 2
        assert counted["api/api/intake/llm-obs/v2/eval-metric"] == 1


def test_the_reasons_of_what_is_accepted_are_in_the_documentation() -> None:
    text = " ".join(Path("docs/agent.md").read_text().split())
    for one in ACCEPTED:
        assert f"`{one.path}`" in text
        assert one.reason in text


def test_remote_configuration_may_be_polled_by_get(tmp_path: Path) -> None:
    port = free_port()
    with running(context_for(tmp_path, port)):
        for method in ("GET", "POST"):
            status, body, _ = ask(port, method, "/v0.7/config", b"{}")
            assert (status, body) == (200, b"{}")


def test_every_version_of_maps_may_be_json(tmp_path: Path) -> None:
    port = free_port()
    with running(context_for(tmp_path, port)) as component:
        for version in ("v0.2", "v0.3", "v0.4"):
            body = json.dumps(TRACE).encode()
            assert ask(port, "POST", f"/{version}/traces", body, Content_Type="application/json")[0] == 200
        assert component._status()["received"]["spans"] == 3
        assert ask(port, "POST", "/v0.4/traces", b"{", Content_Type="application/json")[0] == 400


def test_the_unix_socket_takes_any_host_header(tmp_path: Path) -> None:
    with running(context_for(tmp_path, free_port())), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(tmp_path / "apm.socket"))
        client.sendall(b"GET /info HTTP/1.1\r\nHost: 2f746d70\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 200")
    assert not (tmp_path / "apm.socket").exists()


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        context = context_for(tmp_path, port, bind_host="127.0.0.1")
        with pytest.raises(ComponentError, match=rf"Port {port}.*taken.*receiver_port"):
            asyncio.run(TraceComponent(context).serve())
        context.close()
