"""What tracers send beside traces: telemetry, profiles, debugger output, logs, DogStatsD lines.

Logs and DogStatsD lines are passed on. The rest has no place in the server: it is answered as the tracer
needs it, not kept, and counted by kind in the component's status.
"""

from __future__ import annotations

import json
import re
import socket
from collections import Counter
from collections.abc import Awaitable, Callable

from heeler.agent.forwarder import Forwarder
from heeler.agent.trace.http import Request, Response

Answer = Callable[[Request], Awaitable[Response]]

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
_NOT_KEPT = {
    "/telemetry/proxy/": ("telemetry", 202),
    "/profiling/v1/input": ("profiles", 200),
    "/debugger/v1/input": ("debugger", 202),
    "/debugger/v2/input": ("debugger", 202),
    "/debugger/v1/diagnostics": ("debugger", 202),
    "/symdb/v1/input": ("symbols", 202),
    "/tracer_flare/v1": ("flares", 200),
    "/v0.1/pipeline_stats": ("pipeline_stats", 202),
    "/openlineage/api/v1/lineage": ("lineage", 202),
    "/config/set": ("config", 200),
}


class Sidelines:
    """``statsd`` is the UDP address of the local DogStatsD."""

    def __init__(self, forwarder: Forwarder, statsd: tuple[str, int]) -> None:
        self._forwarder = forwarder
        self._statsd = statsd
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self.not_kept: Counter[str] = Counter()

    def find(self, path: str) -> Answer | None:
        """What answers requests for ``path``; None where nothing does."""
        if path in ("/dogstatsd/v1/proxy", "/dogstatsd/v2/proxy"):
            return self._to_dogstatsd
        if _EVP.match(path):
            return self._to_backend
        if any(path == known or (known[-1] == "/" and path.startswith(known)) for known in _NOT_KEPT):
            return self._not_kept
        return None

    def close(self) -> None:
        self._socket.close()

    async def _not_kept(self, request: Request) -> Response:
        known = next(key for key in _NOT_KEPT if request.path.startswith(key))
        kind, status = _NOT_KEPT[known]
        self.not_kept[kind] += 1
        return Response(status)

    async def _to_dogstatsd(self, request: Request) -> Response:
        for line in request.body.splitlines():
            try:
                self._socket.sendto(line, self._statsd)
            except OSError:
                self.not_kept["dogstatsd_lines"] += 1
        return Response(body=b"")

    async def _to_backend(self, request: Request) -> Response:
        subdomain = request.headers.get("x-datadog-evp-subdomain", "")
        if not _SUBDOMAIN.match(subdomain):
            return Response(400, b"The header X-Datadog-EVP-Subdomain names no subdomain\n", "text/plain")
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
        self.not_kept[f"{subdomain} {path}"[:100] if len(self.not_kept) < 100 else "other"] += 1
        return Response(202)

    def _pass_logs(self, request: Request) -> Response:
        query = f"?{request.query}" if request.query else ""
        kept = ("content-encoding", "user-agent")
        self._forwarder.submit(
            f"/api/v2/logs{query}",
            request.body,
            request.headers.get("content-type", "application/json"),
            {name.title(): request.headers[name] for name in kept if name in request.headers},
            compression="none",
        )
        return Response(202)


def _json(document: object) -> Response:
    return Response(200, json.dumps(document).encode())
