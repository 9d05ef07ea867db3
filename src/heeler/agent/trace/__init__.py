"""Component ``trace``: receives traces on 8126/tcp and a Unix socket, computes statistics, forwards both."""

from __future__ import annotations

import asyncio
import errno
import os
import time
from pathlib import Path
from typing import Any

from heeler.agent.component import ComponentContext, ComponentError
from heeler.agent.trace.filters import filters_from
from heeler.agent.trace.http import HttpServer
from heeler.agent.trace.info import Info
from heeler.agent.trace.ingestion import IngestionCounts
from heeler.agent.trace.otlp_listeners import OtlpListeners
from heeler.agent.trace.outbox import FLUSH_SECONDS, Outbox
from heeler.agent.trace.pipeline import Pipeline
from heeler.agent.trace.proxy import Proxy
from heeler.agent.trace.receiver import Receiver
from heeler.agent.trace.remote_config import RemoteConfig
from heeler.agent.trace.remote_config_poll import ConfigPoll
from heeler.agent.trace.sampling import Samplers, SamplingConfig
from heeler.wire.metrics.encode_series import encode_payloads
from heeler.wire.traces.concentrator import Concentrator
from heeler.wire.traces.normalize import tag_value

DEFAULT_SOCKET = Path("/var/run/datadog/apm.socket")
"""Default socket of tracers; used if its folder is writable."""
_PROFILE_BYTES = 50 * 2**20
_EVP_BYTES = 10 * 2**20


def main(context: ComponentContext) -> None:
    """Run until stopped. Raises ComponentError for a port or socket that is not available."""
    asyncio.run(TraceComponent(context).serve())


class TraceComponent:
    """The parts of the component, and the order in which they start and stop."""

    def __init__(self, context: ComponentContext) -> None:
        config, host = context.config, context.hostname.name
        self._context = context
        self._env = tag_value(config.text("apm_config.env") or config.text("env")) or "none"
        samplers = Samplers(SamplingConfig.of(config))
        self._ingestion = IngestionCounts(host)
        self._concentrator = Concentrator(
            host,
            self._env,
            time.time_ns(),
            by_kind=config.flag("apm_config.compute_stats_by_span_kind"),
            peer_tags=config.strings("apm_config.peer_tags"),
        )
        self._pipeline = Pipeline(
            self._concentrator, filters_from(config), samplers, self._ingestion, self._env
        )
        forwarder = context.forwarder_to(config.text("apm_config.apm_dd_url"))
        self._outbox = Outbox(forwarder, host, self._env)
        self._proxy = Proxy(context.forwarder, ("127.0.0.1", config.integer("dogstatsd_port")))
        remote = RemoteConfig()
        self._config_poll = ConfigPoll(config, remote, time.time_ns)
        self._port = config.integer("apm_config.receiver_port")
        self._receiver = Receiver(
            Info(config, self._env, self._port),
            self._pipeline,
            samplers.rates,
            self._outbox,
            self._proxy,
            remote,
            time.time_ns,
        )
        self._otlp = OtlpListeners(context, self._pipeline, self._outbox)
        self._addresses: list[str] = []

    async def serve(self) -> None:
        config = self._context.config
        server = HttpServer(
            self._receiver, self._body_limit, connections=config.integer("apm_config.connection_limit")
        )
        self._context.provide_status(self._status)
        try:
            await self._listen(server)
            await self._otlp.listen()
            self._context.ready()
            async with asyncio.TaskGroup() as tasks:
                sending = tasks.create_task(self._send_regularly(), name="sender")
                polling = tasks.create_task(self._config_poll.run(), name="remote configuration")
                await self._context.stopped()
                sending.cancel()
                polling.cancel()
        finally:
            await server.close()
            await self._otlp.close()
            self._send(everything=True)
            self._proxy.close()

    async def _listen(self, server: HttpServer) -> None:
        if self._port:
            await self._listen_tcp(server)
        configured = self._context.config.text("apm_config.receiver_socket")
        if configured:
            await self._listen_unix(server, Path(configured))
        elif DEFAULT_SOCKET.parent.is_dir() and _may_take(DEFAULT_SOCKET):
            await self._listen_unix(server, DEFAULT_SOCKET)
        if not self._addresses:
            raise ComponentError(
                "The trace component listens nowhere: set apm_config.receiver_port or "
                "apm_config.receiver_socket, or apm_config.enabled: false."
            )
        self._context.log.info("Listening for traces on %s", " and ".join(self._addresses))

    async def _listen_tcp(self, server: HttpServer) -> None:
        config = self._context.config
        everywhere = config.flag("apm_config.apm_non_local_traffic")
        host = None if everywhere else config.text("bind_host") or "localhost"
        try:
            port = await server.listen_tcp(host, self._port)
        except OSError as error:
            raise ComponentError(_refusal(host or "all addresses", self._port, error)) from error
        self._addresses.append(f"http://{host or '0.0.0.0'}:{port}")  # noqa: S104

    async def _listen_unix(self, server: HttpServer, path: Path) -> None:
        try:
            await server.listen_unix(path)
        except OSError as error:
            raise ComponentError(
                f"Socket {path} cannot be opened ({error.strerror or error}): set "
                "apm_config.receiver_socket to a path that this user may write."
            ) from error
        self._addresses.append(f"unix://{path}")

    async def _send_regularly(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_SECONDS)
            self._send()

    def _send(self, *, everything: bool = False) -> None:
        self._outbox.flush()
        stats = self._concentrator.flush(time.time_ns(), everything=everything)
        if stats:
            self._outbox.send_stats(stats)
        for payload in encode_payloads(self._ingestion.flush(int(time.time()), everything=everything)):
            self._context.forwarder.submit("/api/v2/series", payload, "application/x-protobuf")

    def _body_limit(self, path: str) -> int:
        if path.startswith("/profiling/"):
            return _PROFILE_BYTES
        if path.startswith("/evp_proxy/"):
            return _EVP_BYTES
        return self._context.config.integer("apm_config.max_payload_size")

    def _status(self) -> dict[str, Any]:
        return {
            "listening": self._addresses,
            "env": self._env,
            "otlp": self._otlp.status(),
            "remote_configuration": {**self._config_poll.counts, "problem": self._config_poll.problem},
            "received": dict(self._pipeline.counts),
            "counted": dict(self._concentrator.counts),
            "sent": dict(self._outbox.counts),
            "requests": dict(self._receiver.requests.most_common(20)),
            "refused": dict(self._receiver.problems.most_common(10)),
            "sent_and_not_stored": dict(self._proxy.not_stored),
        }


def _may_take(path: Path) -> bool:
    """Whether the default socket can be opened: its folder is writable and nobody listens there."""
    return os.access(path.parent, os.W_OK) and not path.exists()


def _refusal(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another process, often another Agent "
            f"(`ss -ltnp | grep {port}` names it): stop that, or set apm_config.receiver_port to a free port."
        )
    if error.errno == errno.EACCES:
        return (
            f"Port {port} on {host} needs rights that this user does not have: set "
            "apm_config.receiver_port to a port above 1023."
        )
    return f"Port {port} on {host} cannot be opened ({error.strerror or error}): check bind_host."
