"""Proxy endpoints for tracer traffic other than traces: telemetry, profiles, debugger output, logs,
DogStatsD.

Logs and DogStatsD lines are forwarded. The server stores none of the rest, and what is not stored is not
accepted: it is rejected with 404 and counted. ``ACCEPTED`` lists the exceptions with their reasons: requests
that tracers send by default, and whose rejection they would report as errors of the instrumented program.
"""

from __future__ import annotations

import json
import re
import socket
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from heeler.agent.forwarder import Forwarder
from heeler.agent.trace.http import Request, Response

Handler = Callable[[Request], Awaitable[Response]]

_EVP = re.compile(r"^/evp_proxy/v[1-4](/.*)$")
_SUBDOMAIN = re.compile(r"^[A-Za-z0-9.\-]+$")
_NO_TEST_FEATURES = {
    "itr_enabled": False,
    "code_coverage": False,
    "tests_skipping": False,
    "require_git": False,
    "flaky_test_retries_enabled": False,
    "early_flake_detection": {"enabled": False},
    "known_tests_enabled": False,
}
MAX_KINDS = 100


class Accepted(NamedTuple):
    """A path that is acknowledged although nothing is stored; a path that ends in ``/`` covers all
    below it.
    """

    path: str
    kind: str
    reason: str


ACCEPTED = (
    Accepted(
        "/telemetry/proxy/",
        "telemetry",
        "Every tracer reports its own configuration here at its start and each minute, and logs "
        "refusals as errors.",
    ),
    Accepted(
        "/appsec/proxy/",
        "appsec",
        "Tracers with AppSec report that they are alive here, whether or not an attack was seen.",
    ),
)
"""Paths that are acknowledged although nothing is stored. The reasons are printed in docs/agent.md."""

REFUSED = {
    "/profiling/v1/input": "profiles",
    "/debugger/v1/input": "debugger",
    "/debugger/v2/input": "debugger",
    "/debugger/v1/diagnostics": "debugger",
    "/symdb/v1/input": "symbols",
    "/tracer_flare/v1": "flares",
    "/v0.1/pipeline_stats": "pipeline_stats",
    "/openlineage/api/v1/lineage": "lineage",
    "/config/set": "config",
}
"""Paths of a Datadog Agent that are answered with 404, with the kind under which status counts them."""


class Proxy:
    """``statsd`` is the UDP address of the local DogStatsD. ``not_stored`` counts requests by kind."""

    def __init__(self, forwarder: Forwarder, statsd: tuple[str, int]) -> None:
        self._forwarder = forwarder
        self._statsd = statsd
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.not_stored: Counter[str] = Counter()

    def find(self, path: str) -> Handler | None:
        """The handler for ``path``; None if there is none."""
        if path in ("/dogstatsd/v1/proxy", "/dogstatsd/v2/proxy"):
            return self._to_dogstatsd
        if _EVP.match(path):
            return self._to_backend
        if path in REFUSED:
            return self._refuse
        if _accepted(path):
            return self._accept
        return None

    def close(self) -> None:
        self._socket.close()

    async def _accept(self, request: Request) -> Response:
        found = _accepted(request.path)
        self._count(found.kind if found else "other")
        return Response(202)

    async def _refuse(self, request: Request) -> Response:
        kind = REFUSED[request.path]
        self._count(kind)
        return _text(404, f"{request.path} is not supported: {kind.replace('_', ' ')} are not stored")

    async def _to_dogstatsd(self, request: Request) -> Response:
        for line in filter(None, request.body.splitlines()):
            try:
                self._socket.sendto(line, self._statsd)
            except OSError:
                self._count("dogstatsd_lines")
        return Response(body=b"")

    async def _to_backend(self, request: Request) -> Response:
        subdomain = request.headers.get("x-datadog-evp-subdomain", "")
        if not _SUBDOMAIN.match(subdomain):
            return _text(400, "The header X-Datadog-EVP-Subdomain must name a subdomain")
        match = _EVP.match(request.path)
        path = match.group(1) if match else ""
        if path == "/api/v2/logs":
            return self._pass_logs(request)
        if path.endswith("/libraries/tests/services/setting"):
            return _json(
                {
                    "data": {
                        "id": "0",
                        "type": "ci_app_tracers_test_service_settings",
                        "attributes": _NO_TEST_FEATURES,
                    }
                }
            )
        if path.endswith("/search_commits"):
            return _json({"data": []})
        self._count(f"{subdomain}{path}"[:100])
        return _text(404, f"{path} of {subdomain} is not supported: nothing of it is stored")

    def _count(self, kind: str) -> None:
        known = kind in self.not_stored or len(self.not_stored) < MAX_KINDS
        self.not_stored[kind if known else "other"] += 1

    def _pass_logs(self, request: Request) -> Response:
        query = f"?{request.query}" if request.query else ""
        headers = ("content-encoding", "user-agent")
        self._forwarder.submit(
            f"/api/v2/logs{query}",
            request.body,
            request.headers.get("content-type", "application/json"),
            {name.title(): request.headers[name] for name in headers if name in request.headers},
            compression="none",
        )
        return Response(202)


def _accepted(path: str) -> Accepted | None:
    for one in ACCEPTED:
        if path.startswith(one.path) or path == one.path.rstrip("/"):
            return one
    return None


def _json(document: object) -> Response:
    return Response(200, json.dumps(document).encode())


def _text(status: int, text: str) -> Response:
    return Response(status, f"{text}\n".encode(), "text/plain; charset=utf-8")
