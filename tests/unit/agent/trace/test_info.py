"""``GET /info``: what tracers look for."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from heeler.agent.config import Config
from heeler.agent.trace.info import ENDPOINTS, Info


def document(tmp_path: Path, **settings: object) -> dict[str, object]:
    return dict(json.loads(Info(Config(tmp_path, settings), "prod", 8126).body))


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    info = Info(Config(tmp_path, {}), "prod", 8126)
    assert info.state == hashlib.sha256(info.body).hexdigest()
    again = Info(Config(tmp_path, {}), "prod", 8126)
    assert (again.body, again.state) == (info.body, info.state)
    assert Info(Config(tmp_path, {}), "dev", 8126).state != info.state


def test_what_tracers_read(tmp_path: Path) -> None:
    found = document(tmp_path)
    assert re.fullmatch(r"7\.\d+\.\d+", str(found["version"]))
    assert found["client_drop_p0s"] is True
    assert found["span_events"] is True
    endpoints = found["endpoints"]
    assert isinstance(endpoints, list)
    assert {"/v0.4/traces", "/v0.5/traces", "/v0.6/stats", "/v0.7/config"} <= set(endpoints)
    assert endpoints == list(ENDPOINTS)
    kinds = found["span_kinds_stats_computed"]
    assert kinds == ["client", "consumer", "producer", "server"]


def test_settings_are_shown(tmp_path: Path) -> None:
    found = document(
        tmp_path,
        **{
            "apm_config.peer_tags": ["my.peer"],
            "apm_config.features": ["x"],
            "dogstatsd_port": 9125,
            "apm_config.max_payload_size": 1234,
            "apm_config.receiver_socket": "/run/apm.sock",
        },
    )
    peers = found["peer_tags"]
    assert isinstance(peers, list)
    assert "my.peer" in peers
    assert peers == sorted(set(peers))
    assert found["feature_flags"] == ["x"]
    config = found["config"]
    assert isinstance(config, dict)
    assert (config["default_env"], config["receiver_port"]) == ("prod", 8126)
    assert (config["statsd_port"], config["max_request_bytes"]) == (9125, 1234)
    assert config["receiver_socket"] == "/run/apm.sock"
