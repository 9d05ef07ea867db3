"""Remote configuration of tracers: answers their polls of ``/v0.7/config`` with what the server has for them.

The form is that of the update framework (TUF) without signatures, which tracers do not verify. The answer
lists every file that applies to the tracer (``client_configs``), describes each (``targets``), and brings
those that the tracer does not have yet. ``{}`` says that nothing changed.
Source: what tracers send and accept, observed.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PRODUCT = "APM_TRACING"
UNCHANGED = b"{}"
MAX_TRACERS = 2000
#: A tracer that has not polled for so long is no longer reported.
FORGET_NS = 120 * 10**9
APPLY_STATES = {0: "unknown", 1: "unacknowledged", 2: "acknowledged", 3: "error"}
_EXPIRES = "2099-01-01T00:00:00Z"


class ConfigRequestError(ValueError):
    """A poll that cannot be read; the text is for the tracer's log."""


@dataclass(frozen=True, slots=True)
class TracerConfig:
    """What the server wants of the tracers of a service in an environment (``*``: any)."""

    id: str
    service: str
    env: str
    options: Mapping[str, Any]
    """``lib_config`` of the tracers' own format."""

    def fits(self, service: str, env: str) -> bool:
        return self.service in ("*", service) and self.env in ("*", env)

    @property
    def exactness(self) -> int:
        return 2 * (self.service != "*") + (self.env != "*")


@dataclass(slots=True)
class Tracer:
    """A tracer that polls, and what it says of the configuration that it has."""

    service: str
    env: str
    language: str
    version: str
    seen: int
    config: str = ""
    state: str = ""
    error: str = ""


class RemoteConfig:
    """The configurations as the server last gave them; times are nanoseconds since 1970."""

    def __init__(self) -> None:
        self._configs: tuple[TracerConfig, ...] = ()
        self._version = 1
        self._tracers: OrderedDict[str, Tracer] = OrderedDict()

    def replace(self, configs: Sequence[TracerConfig], now: int) -> None:
        """Take over what the server has. Versions grow across restarts: they are seconds of the clock."""
        if tuple(configs) != self._configs:
            self._configs = tuple(configs)
            self._version = max(self._version + 1, now // 10**9)

    def answer(self, body: bytes, now: int) -> bytes:
        """The answer to a poll. Raises :class:`ConfigRequestError`."""
        if body.strip() in (b"", b"{}"):
            return UNCHANGED
        client, cached = _read(body)
        about = _object(client.get("client_tracer"))
        service, env = _text(about.get("service")).lower(), _text(about.get("env")).lower()
        state = _object(client.get("state"))
        self._note(client, about, state, now)
        products = client.get("products")
        wanted = self._best(service, env) if isinstance(products, list) and PRODUCT in products else None
        files = [_file(wanted, service, env)] if wanted else []
        had = {
            (_text(one.get("id")), one.get("product"))
            for one in _objects(state.get("config_states"))
            if one.get("product") == PRODUCT
        }
        same = {(path, len(raw), digest) for path, raw, digest in files} == cached and bool(had) == bool(
            files
        )
        if same:
            return UNCHANGED
        known = {path for path, _, _ in cached}
        known_digests = {digest for _, _, digest in cached}
        sent = [one for one in files if not (one[0] in known and one[2] in known_digests)]
        return json.dumps(
            {
                "roots": [],
                "targets": base64.b64encode(self._targets(files, state)).decode(),
                "target_files": [
                    {"path": path, "raw": base64.b64encode(raw).decode()} for path, raw, _ in sent
                ],
                "client_configs": [path for path, _, _ in files],
                "config_status": 0,
            }
        ).encode()

    def tracers(self, now: int) -> list[Tracer]:
        """Those that polled of late."""
        for key in [key for key, one in self._tracers.items() if now - one.seen > FORGET_NS]:
            del self._tracers[key]
        return list(self._tracers.values())

    def _best(self, service: str, env: str) -> TracerConfig | None:
        fitting = [one for one in self._configs if one.fits(service, env)]
        return max(fitting, key=lambda one: one.exactness, default=None)

    def _targets(self, files: Sequence[tuple[str, bytes, str]], state: Mapping[str, Any]) -> bytes:
        has = state.get("targets_version")
        version = self._version
        if isinstance(has, int) and not isinstance(has, bool) and has >= version:
            version = has + 1
        signed = {
            "_type": "targets",
            "spec_version": "1.0.0",
            "version": version,
            "expires": _EXPIRES,
            "custom": {"opaque_backend_state": "", "agent_refresh_interval": 5},
            "targets": {
                path: {"custom": {"v": version}, "hashes": {"sha256": digest}, "length": len(raw)}
                for path, raw, digest in files
            },
        }
        return json.dumps({"signed": signed, "signatures": [{"keyid": "none", "sig": "none"}]}).encode()

    def _note(
        self, client: Mapping[str, Any], about: Mapping[str, Any], state: Mapping[str, Any], now: int
    ) -> None:
        runtime = _text(about.get("runtime_id")) or _text(client.get("id"))
        tracer = Tracer(
            _text(about.get("service")),
            _text(about.get("env")),
            _text(about.get("language")),
            _text(about.get("tracer_version")),
            now,
        )
        for one in _objects(state.get("config_states")):
            if one.get("product") == PRODUCT:
                tracer.config = _text(one.get("id"))
                tracer.state = APPLY_STATES.get(one.get("apply_state") or 0, "unknown")
                tracer.error = _text(one.get("apply_error"))
        self._tracers[runtime] = tracer
        self._tracers.move_to_end(runtime)
        if len(self._tracers) > MAX_TRACERS:
            self._tracers.popitem(last=False)


def _file(config: TracerConfig, service: str, env: str) -> tuple[str, bytes, str]:
    """Path, content and digest of the file that a tracer gets."""
    content = {
        "action": "enable",
        "service_target": {"service": service, "env": env},
        "lib_config": dict(config.options),
    }
    raw = json.dumps(content, sort_keys=True).encode()
    return f"datadog/2/{PRODUCT}/{config.id}/config", raw, hashlib.sha256(raw).hexdigest()


def _read(body: bytes) -> tuple[dict[str, Any], set[tuple[str, int, str]]]:
    """The client of a poll, and path, length and digest of the files that it has."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ConfigRequestError(f"The body is not JSON: {error}") from None
    if not isinstance(document, dict) or not isinstance(document.get("client"), dict):
        raise ConfigRequestError("The body must be an object with 'client'")
    cached = set()
    for one in _objects(document.get("cached_target_files")):
        hashes = {
            _text(item.get("hash"))
            for item in _objects(one.get("hashes"))
            if item.get("algorithm") == "sha256"
        }
        path, length = _text(one.get("path")), one.get("length")
        if f"/{PRODUCT}/" in path and isinstance(length, int):
            cached.add((path, length, next(iter(hashes), "")))
    return document["client"], cached


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value[:200] if isinstance(value, str) else ""
