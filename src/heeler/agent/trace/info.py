"""``GET /info``: the features of this agent, in the format that tracers expect."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from heeler.agent.config import Config
from heeler.wire.traces.concentrator import COUNTED_KINDS
from heeler.wire.traces.peer_tags import PEER_TAGS

COMPATIBLE_VERSION = "7.75.0"
"""Agent version reported to tracers; some enable features only from a certain version on."""

ENDPOINTS = (
    "/v0.1/spans",
    "/v0.2/traces",
    "/v0.3/traces",
    "/v0.4/traces",
    "/v0.5/traces",
    "/v0.7/traces",
    "/v0.6/stats",
    "/v0.7/config",
    "/telemetry/proxy/",
    "/evp_proxy/v1/",
    "/evp_proxy/v2/",
    "/evp_proxy/v3/",
    "/evp_proxy/v4/",
    "/debugger/v2/input",
    "/dogstatsd/v1/proxy",
    "/dogstatsd/v2/proxy",
)
"""Supported endpoints. ``/debugger/v2/input`` is listed because Python's tracer otherwise warns of an
outdated Agent, whether or not the debugger is in use; requests to it are refused."""
EVP_HEADERS = ("Content-Type", "Accept-Encoding", "Content-Encoding", "User-Agent", "DD-CI-PROVIDER-NAME")


class Info:
    """The document and its digest; tracers compare the digest of the bytes, so they are built once."""

    def __init__(self, config: Config, env: str, port: int) -> None:
        self.body = json.dumps(_document(config, env, port), sort_keys=True).encode()
        self.state = hashlib.sha256(self.body).hexdigest()


def _document(config: Config, env: str, port: int) -> dict[str, Any]:
    return {
        "version": COMPATIBLE_VERSION,
        "git_commit": "",
        "endpoints": list(ENDPOINTS),
        "feature_flags": config.strings("apm_config.features"),
        # The probabilistic sampler chooses by id, also among what tracers would reject and not send.
        "client_drop_p0s": not config.flag("apm_config.probabilistic_sampler.enabled"),
        "span_meta_structs": True,
        "long_running_spans": True,
        "span_events": True,
        "evp_proxy_allowed_headers": list(EVP_HEADERS),
        "peer_tags": sorted({*PEER_TAGS, *config.strings("apm_config.peer_tags")}),
        "span_kinds_stats_computed": sorted(COUNTED_KINDS),
        "obfuscation_version": 1,
        "config": {
            "default_env": env,
            "receiver_port": port,
            "receiver_socket": config.text("apm_config.receiver_socket"),
            "statsd_port": config.integer("dogstatsd_port"),
            "target_tps": config.number("apm_config.target_traces_per_second"),
            "connection_limit": config.integer("apm_config.connection_limit"),
            "max_request_bytes": config.integer("apm_config.max_payload_size"),
        },
    }
