"""Log collection, from sources to payloads; all state changes happen in one thread."""

from __future__ import annotations

import time
from typing import Any

from heeler.agent.component import ComponentContext, ComponentError
from heeler.agent.logs.batch import Batcher
from heeler.agent.logs.files import Files
from heeler.agent.logs.journald import Journal
from heeler.agent.logs.message import Message
from heeler.agent.logs.network import NetworkSource
from heeler.agent.logs.receiver import Receiver
from heeler.agent.logs.registry import Registry
from heeler.agent.logs.sources import LogSource, load_sources
from heeler.agent.logs.stream import MessageStream

_POLL_SECONDS = 0.25
_SAVE_SECONDS = 0.25
_FLUSH_SECONDS = 3.0
_WAITING = "no: the spool is full; reading goes on when the server takes what waits"


def main(context: ComponentContext) -> None:
    """Run until stopped."""
    LogsComponent(context).run()


class LogsComponent:
    """Owns the sources, the batches and the offsets.

    An offset is saved once everything read before it has been acknowledged or is on disk: a source is
    delivered at least once, in order, however this process ends. While the forwarder's queue is full, nothing
    is read.
    """

    def __init__(self, context: ComponentContext) -> None:
        config = context.config
        self._context = context
        self._sources, self._problems = load_sources(config)
        self._registry = Registry(config.run_path / "registry.json")
        url = config.text("logs_config.logs_dd_url")
        self._forwarder = context.forwarder_to(url, ordered=True)
        compression = None if config.flag("logs_config.use_compression") else "none"
        self._batcher = Batcher(self._forwarder, context.hostname.name, compression)
        files = [one for one in self._sources if one.type in ("file", "docker", "containerd")]
        self._files = Files(files, config, self._registry, lambda: self._forwarder.accepts)
        self._receivers: list[Receiver] = [
            self._journal(one) for one in self._sources if one.type == "journald"
        ]
        self._stream = MessageStream(config.run_path / "logs-stream.sock", context.hostname.name)

    def run(self) -> None:
        for problem in self._problems:
            self._context.log.error("%s", problem)
        self._open_ports()
        self._stream.start()
        self._context.provide_status(self._status)
        self._context.ready()
        self._context.log.info("Collecting %d sources", len(self._sources))
        for one in self._receivers:
            one.start()
        try:
            self._serve()
        finally:
            self._end()

    def _serve(self) -> None:
        config = self._context.config
        scan_at = flush_at = save_at = 0.0
        pause = 0.0
        while not self._context.stop.wait(pause):
            now = time.monotonic()
            if now >= scan_at:
                self._files.scan(now)
                self._registry.save(self._files.live)  # so that an early rotation is followed
                scan_at = now + config.number("logs_config.file_scan_period")
            self._read(now)
            if now >= flush_at:
                self._batcher.flush()
                flush_at = now + config.number("logs_config.batch_wait")
            if now >= save_at:
                self._save()
                save_at = now + _SAVE_SECONDS
            pause = 0.0 if self._files.more and self._forwarder.accepts else _POLL_SECONDS

    def _read(self, now: float) -> None:
        for message in self._files.poll(now):
            self._add(message)
        for one in self._receivers:
            if not self._forwarder.accepts:
                return
            for message in one.take():
                self._add(message)

    def _add(self, message: Message) -> None:
        self._batcher.add(message)
        self._stream.publish(message)

    def _save(self) -> None:
        """Save the delivered offsets."""
        for message in self._batcher.take_delivered():
            if message.cursor:
                self._registry.set(message.origin, message.path, cursor=message.cursor)
            else:
                self._files.delivered(message.origin, message.path, message.offset)
        self._files.save_unmatched(self._batcher.is_settled)
        self._registry.save(self._files.live)

    def _end(self) -> None:
        for one in self._receivers:
            one.close()
        self._read(time.monotonic())
        self._batcher.flush()
        self._forwarder.stop(_FLUSH_SECONDS)
        self._save()
        self._files.close()
        self._stream.close()

    def _open_ports(self) -> None:
        for source in self._sources:
            if source.type in ("tcp", "udp"):
                try:
                    self._receivers.append(NetworkSource(source))
                except ComponentError as error:
                    self._problems.append(str(error))
                    self._context.log.error("%s", error)

    def _journal(self, source: LogSource) -> Journal:
        entry = self._registry.get(f"journald:{source.path or 'default'}")
        return Journal(source, entry.cursor if entry else "", sleep=self._context.stop.wait)

    def _status(self) -> dict[str, Any]:
        sources: dict[str, Any] = {}
        for source in self._sources:
            if source.type in ("file", "docker", "containerd"):
                counts = self._files.counts(source)
                sources[source.title] = {
                    "bytes": counts.bytes,
                    "messages": counts.messages,
                    "excluded": counts.excluded,
                }
        for one in self._receivers:
            problem = {"problem": one.problem} if one.problem else {}
            sources[one.source.title] = {**one.counts, **problem}
        return {
            "Sources": sources,
            **self._files.status(),
            "Logs Sent": self._batcher.total,
            "Reading": "yes" if self._forwarder.accepts else _WAITING,
            "Problems": [*self._problems, *self._files.problems.values()],
        }
