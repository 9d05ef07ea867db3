"""Answers to tracers' polls: which file, when, and in which version; what they say of it."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.agent.trace import remote_config
from heeler.agent.trace.remote_config import ConfigRequestError, RemoteConfig, TracerConfig

NOW = 1_700_000_000 * 10**9
ANY = TracerConfig("any", "*", "*", {"tracing_sampling_rate": 0.9})
WEB = TracerConfig("web", "web", "*", {"tracing_sampling_rate": 0.5})
EXACT = TracerConfig("exact", "web", "prod", {"log_injection_enabled": False})


class Client:
    """A tracer: polls, checks what it is given, and reports it, as real ones do."""

    def __init__(self, service: str = "web", env: str = "prod", runtime: str = "r1") -> None:
        self.about = {
            "service": service,
            "env": env,
            "runtime_id": runtime,
            "language": "python",
            "tracer_version": "4.16.0",
        }
        self.version = 0
        self.files: dict[str, bytes] = {}

    def poll(self, remote: RemoteConfig, now: int = NOW, **more: Any) -> dict[str, Any]:
        body = {
            "client": {
                "id": "x",
                "products": ["APM_TRACING", "ASM_FEATURES"],
                "is_tracer": True,
                "client_tracer": self.about,
                "capabilities": [1, 2],
                "state": {
                    "targets_version": self.version,
                    "config_states": [
                        {
                            "id": path.split("/")[3],
                            "version": 1,
                            "product": "APM_TRACING",
                            "apply_state": 2,
                            "apply_error": "",
                        }
                        for path in self.files
                    ],
                },
                **more,
            },
            "cached_target_files": [
                {
                    "path": path,
                    "length": len(raw),
                    "hashes": [{"algorithm": "sha256", "hash": hashlib.sha256(raw).hexdigest()}],
                }
                for path, raw in self.files.items()
            ],
        }
        answer: dict[str, Any] = json.loads(remote.answer(json.dumps(body).encode(), now))
        if answer:
            self._apply(answer)
        return answer

    def _apply(self, answer: dict[str, Any]) -> None:
        signed = json.loads(base64.b64decode(answer["targets"]))["signed"]
        assert signed["version"] > self.version
        self.version = signed["version"]
        given = {one["path"]: base64.b64decode(one["raw"]) for one in answer["target_files"]}
        files = {**self.files, **given}
        self.files = {path: files[path] for path in answer["client_configs"]}
        assert set(signed["targets"]) == set(self.files)
        for path, target in signed["targets"].items():
            assert hashlib.sha256(self.files[path]).hexdigest() == target["hashes"]["sha256"]
            assert len(self.files[path]) == target["length"]

    @property
    def options(self) -> dict[str, Any]:
        found = [json.loads(raw)["lib_config"] for raw in self.files.values()]
        return found[0] if found else {}


def test_nothing_is_said_until_there_is_something() -> None:
    remote = RemoteConfig()
    assert Client().poll(remote) == {}
    assert remote.answer(b"", NOW) == remote.answer(b"{}", NOW) == b"{}"


def test_the_most_exact_configuration_is_given_once_changed_and_taken_back() -> None:
    remote, client = RemoteConfig(), Client()
    remote.replace([ANY, WEB], NOW)
    client.poll(remote)
    assert client.options == {"tracing_sampling_rate": 0.5}
    assert json.loads(next(iter(client.files.values())))["service_target"] == {
        "service": "web",
        "env": "prod",
    }
    assert client.poll(remote) == {}
    remote.replace([ANY, WEB, EXACT], NOW)
    client.poll(remote)
    assert client.options == {"log_injection_enabled": False}
    other = Client("shop", "qa", "r2")
    other.poll(remote)
    assert other.options == {"tracing_sampling_rate": 0.9}
    remote.replace([], NOW)
    client.poll(remote)
    assert client.files == {}
    assert client.poll(remote) == {}


def test_a_client_that_is_ahead_gets_a_later_version() -> None:
    remote, client = RemoteConfig(), Client()
    client.version = 9_999_999_999
    remote.replace([WEB], NOW)
    client.poll(remote)
    assert client.version == 10_000_000_000


def test_a_client_that_does_not_take_the_product_gets_nothing() -> None:
    remote = RemoteConfig()
    remote.replace([ANY], NOW)
    assert Client().poll(remote, products=["ASM_FEATURES"]) == {}


def test_what_tracers_say_is_reported_until_they_are_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    remote, client = RemoteConfig(), Client()
    remote.replace([WEB], NOW)
    client.poll(remote)
    client.poll(remote)
    (seen,) = remote.tracers(NOW)
    assert (seen.service, seen.config, seen.state) == ("web", "web", "acknowledged")
    assert remote.tracers(NOW + 200 * 10**9) == []
    monkeypatch.setattr(remote_config, "MAX_TRACERS", 3)
    for at in range(10):
        Client(runtime=f"r{at}").poll(remote)
    assert len(remote.tracers(NOW)) == 3


@pytest.mark.parametrize("body", [b"[", b"[]", b'{"x": 1}', b'{"client": 5}', b"\xff", b"[" * 100_000])
def test_what_is_not_readable_is_refused(body: bytes) -> None:
    with pytest.raises(ConfigRequestError):
        RemoteConfig().answer(body, NOW)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@given(_JSON, _JSON, _JSON, _JSON)
def test_any_values_in_a_poll_are_answered(tracer: Any, state: Any, products: Any, cached: Any) -> None:
    remote = RemoteConfig()
    remote.replace([ANY], NOW)
    client = {"client_tracer": tracer, "state": state, "products": products, "id": tracer}
    body = json.dumps({"client": client, "cached_target_files": cached}).encode()
    assert isinstance(json.loads(remote.answer(body, NOW)), dict)
