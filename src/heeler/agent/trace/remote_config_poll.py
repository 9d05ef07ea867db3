"""Fetches the configuration of tracers from the server, and reports which tracers have it."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import Counter
from collections.abc import Callable

import urllib3

from heeler.agent.config import Config
from heeler.agent.forwarder.destination import destinations
from heeler.agent.forwarder.http import connection_pool
from heeler.agent.trace.remote_config import RemoteConfig, Tracer, TracerConfig

log = logging.getLogger("heeler.agent.trace")

PATH = "/api/v0.1/tracer_configurations"
TIMEOUT_SECONDS = 10.0
#: A server that has no such address is asked again after this time.
UNKNOWN_SECONDS = 600.0
MAX_BYTES = 4 * 2**20


class ConfigPoll:
    """Polls every ``remote_configuration.refresh_interval`` seconds, if ``remote_configuration.enabled``."""

    def __init__(self, config: Config, remote: RemoteConfig, now: Callable[[], int]) -> None:
        self._enabled = config.flag("remote_configuration.enabled")
        self._interval = max(0.5, config.number("remote_configuration.refresh_interval"))
        destination = destinations(config)[0]
        self._url = f"{destination.url}{PATH}"
        self._key = destination.api_key
        self._pool = connection_pool(destination.url, config)
        self._remote = remote
        self._now = now
        self.counts: Counter[str] = Counter()
        self.problem = ""

    async def run(self) -> None:
        """Poll until canceled; return at once where it is turned off."""
        if not self._enabled:
            return
        pause = await self.once()
        while True:
            await asyncio.sleep(pause)
            pause = await self.once()

    async def once(self) -> float:
        """One poll; the seconds until the next."""
        body = json.dumps({"tracers": [_reported(one) for one in self._remote.tracers(self._now())]})
        try:
            status, data = await asyncio.to_thread(self._request, body.encode())
            if status == 404:
                self._failed("the server has no configuration of tracers")
                return UNKNOWN_SECONDS
            if status != 200:
                self._failed(f"the server answered {status}")
                return self._interval
            self._remote.replace(_configs(data), self._now())
        except (urllib3.exceptions.HTTPError, OSError, ValueError, RecursionError) as error:
            self._failed(f"{type(error).__name__}: {str(error)[:200]}")
            return self._interval
        self.counts["polls"] += 1
        self.problem = ""
        return self._interval

    def _request(self, body: bytes) -> tuple[int, bytes]:
        headers = {"DD-Api-Key": self._key, "Content-Type": "application/json"}
        response = self._pool.request(
            "POST", self._url, body=body, headers=headers, timeout=TIMEOUT_SECONDS, preload_content=False
        )
        try:
            return response.status, response.read(MAX_BYTES)
        finally:
            response.release_conn()

    def _failed(self, problem: str) -> None:
        self.counts["failed"] += 1
        if problem != self.problem:
            log.info("The configuration of tracers was not fetched: %s", problem)
        self.problem = problem


def _reported(tracer: Tracer) -> dict[str, str]:
    found = {
        "service": tracer.service,
        "env": tracer.env,
        "language": tracer.language,
        "tracer_version": tracer.version,
        "config": tracer.config,
        "state": tracer.state,
        "error": tracer.error,
    }
    # Half a surrogate pair from one tracer must not spoil the report of all.
    return {name: text.encode("utf-8", "replace").decode() for name, text in found.items()}


def _configs(data: bytes) -> list[TracerConfig]:
    """Raises ValueError for what is no answer."""
    document = json.loads(data)
    found = document.get("configurations") if isinstance(document, dict) else None
    if not isinstance(found, list):
        raise ValueError("the answer has no 'configurations'")
    return [
        TracerConfig(str(one["id"]), str(one["service"]).lower(), str(one["env"]).lower(), one["options"])
        for one in found
        if isinstance(one, dict)
        and {"id", "service", "env"} <= one.keys()
        and isinstance(one.get("options"), dict)
    ]
