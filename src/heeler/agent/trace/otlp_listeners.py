"""OTLP listeners: OTLP/HTTP on port 4318 and OTLP/gRPC on port 4317, configured by ``otlp_config``.

A port in use, by a collector for instance, does not stop the component: it is logged, and shown in the status
report.
"""

from __future__ import annotations

import time
from typing import Any

from heeler.agent.component import ComponentContext, ComponentError
from heeler.agent.config import Config
from heeler.agent.trace.grpc import GrpcServer
from heeler.agent.trace.http import HttpServer
from heeler.agent.trace.otlp import OtlpReceiver
from heeler.agent.trace.outbox import Outbox
from heeler.agent.trace.pipeline import Pipeline

_PROTOCOLS = "otlp_config.receiver.protocols"
_SIGNALS = ("traces", "metrics", "logs")


def _share(config: Config) -> float:
    """The share of traces that the receiver samples itself: all where the sampler of all spans decides."""
    if config.flag("apm_config.probabilistic_sampler.enabled"):
        return 1.0
    return config.number("otlp_config.traces.probabilistic_sampler.sampling_percentage") / 100


class OtlpListeners:
    """Owns the two servers and their handlers."""

    def __init__(self, context: ComponentContext, pipeline: Pipeline, outbox: Outbox) -> None:
        config = context.config
        self._context = context
        self._http_limit = config.integer(f"{_PROTOCOLS}.http.max_request_body_size")
        self.receiver = OtlpReceiver(
            pipeline,
            outbox,
            context.forwarder,
            context.hostname.name,
            time.time_ns,
            enabled=frozenset(one for one in _SIGNALS if config.flag(f"otlp_config.{one}.enabled")),
            share=_share(config),
            limit=self._http_limit,
        )
        self._http: HttpServer | None = None
        self._grpc: GrpcServer | None = None
        self._listening: list[str] = []
        self._problems: list[str] = []

    async def listen(self) -> None:
        """Open the configured ports. Raises ComponentError for an endpoint that is not ``host:port``."""
        config = self._context.config
        connections = config.integer("apm_config.connection_limit")
        http, grpc = self._address("http"), self._address("grpc")
        if address := http:
            self._http = HttpServer(self.receiver.http, lambda _: self._http_limit, connections=connections)
            await self._open(f"http://{address[0]}:", self._http.listen_tcp(*address))
        if address := grpc:
            limit = config.integer(f"{_PROTOCOLS}.grpc.max_recv_msg_size_mib") * 2**20
            self._grpc = GrpcServer(self.receiver.grpc, limit, connections=connections)
            await self._open(f"grpc://{address[0]}:", self._grpc.listen(*address))

    async def _open(self, name: str, listening: Any) -> None:
        try:
            self._listening.append(f"{name}{await listening}")
        except OSError as error:
            problem = f"{name[:-1]} is not opened for OpenTelemetry ({error.strerror or error})"
            self._problems.append(problem)
            self._context.log.warning('%s: set %s.*.endpoint to a free port, or to ""', problem, _PROTOCOLS)

    async def close(self) -> None:
        for server in (self._http, self._grpc):
            if server is not None:
                await server.close()

    def status(self) -> dict[str, Any]:
        return {
            "listening": self._listening,
            "problems": self._problems,
            "counts": dict(self.receiver.counts),
        }

    def _address(self, protocol: str) -> tuple[str, int] | None:
        key = f"{_PROTOCOLS}.{protocol}.endpoint"
        text = self._context.config.text(key).strip()
        if not text:
            return None
        host, _, port = text.removeprefix("http://").rpartition(":")
        if not (port.isascii() and port.isdecimal()) or int(port) > 65_535:
            raise ComponentError(f"{key} is {text!r}: expected host:port, such as localhost:4318")
        return host.strip("[]") or "localhost", int(port)
