"""The clients of a store: of the embedded engine, or of ClickHouse servers, of which one that does not
answer is left for the next."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import clickhouse_connect
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, DatabaseError
from clickhouse_connect.driver.httpclient import HttpClient
from urllib3 import Timeout

from heeler.store.engine_errors import (
    EngineError,
    EngineTimeout,
    EngineUnavailable,
    first_line,
    read_timed_out,
    unreachable,
)
from heeler.store_address import Host, StoreAddress

log = logging.getLogger("heeler.store")

T = TypeVar("T")

#: Bounds of the embedded engine's caches and threads.
EMBEDDED_OPTIONS = {"config-file": str(Path(__file__).with_name("embedded.xml"))}
#: Seconds to reach a server, and beyond the time that a statement may take until it is given up.
CONNECT_SECONDS, MARGIN_SECONDS = 5, 10
#: Seconds in which a server that did not answer is asked only when the others do not either.
AVOID_SECONDS = 10.0
#: What every statement of a cluster says: subqueries of distributed tables are read once and sent along, an
#: insert is over when the shards have its rows, and replicas are used in their order, so that what was
#: written is what is read next.
CLUSTER_SETTINGS: Mapping[str, Any] = {
    "distributed_product_mode": "global",
    "distributed_foreground_insert": 1,
    "optimize_skip_unused_shards": 1,
    "load_balancing": "in_order",
}


_UNKNOWN_DATABASE = "Code: 81."


def create_database(address: StoreAddress) -> str:
    """The statement that makes the database of the first start."""
    everywhere = f" ON CLUSTER `{address.cluster}`" if address.cluster else ""
    return f"CREATE DATABASE IF NOT EXISTS `{address.database}`{everywhere}"


class Hosts:
    """Which of a store's servers to ask. Safe to use from several threads."""

    def __init__(self, hosts: tuple[Host, ...], clock: Callable[[], float] = time.monotonic) -> None:
        self._hosts, self._clock = hosts, clock
        self._failed: dict[Host, float] = {}
        self._turn = 0
        self._lock = threading.Lock()

    def next(self) -> Host:
        """In turn, those that failed lately last."""
        with self._lock:
            now = self._clock()
            order = [
                self._hosts[(self._turn + place) % len(self._hosts)] for place in range(len(self._hosts))
            ]
            self._turn += 1
            well = [host for host in order if now - self._failed.get(host, -AVOID_SECONDS) >= AVOID_SECONDS]
            return well[0] if well else min(order, key=lambda host: self._failed[host])

    def failed(self, host: Host) -> None:
        with self._lock:
            self._failed[host] = self._clock()


def _discard_output(client: Client) -> None:
    """Take what a statement that failed had written before: the embedded engine keeps it, and would put it
    before the answer to the client's next statement, whoever asks that."""
    try:
        client.raw_query("SELECT 1", fmt="TabSeparated")
    except ClickHouseError:
        log.exception("The output of a failed statement could not be discarded")


@dataclass(slots=True)
class _Slot:
    client: Client | None
    host: Host | None = None


class Connections:
    """``count`` clients, each lent to one call at a time.

    The embedded engine's are opened at once and stay; a server's are opened again, at the next of its
    addresses, where one does not answer. Raises :class:`EngineError` where none can be opened at first.
    """

    def __init__(self, address: StoreAddress, count: int, hosts: Hosts | None = None) -> None:
        self._address = address
        self._hosts = hosts or Hosts(address.hosts)
        self._idle: queue.LifoQueue[_Slot] = queue.LifoQueue()
        self._slots: list[_Slot] = []
        for _ in range(count):
            self._slots.append(self._first())
            self._idle.put(self._slots[-1])

    @property
    def clients(self) -> list[Client]:
        return [slot.client for slot in self._slots if slot.client is not None]

    @property
    def idle(self) -> int:
        return self._idle.qsize()

    def run(self, call: Callable[[Client], T], seconds: float) -> T:
        """``call`` with a client; it may take ``seconds`` at the server.

        It is called again, at another address, where a server cannot be reached or the connection breaks: it
        must be such that running it twice is as good as once. Raises what it raises,
        :class:`EngineUnavailable` or :class:`EngineTimeout`.
        """
        slot = self._idle.get()
        try:
            if self._address.path is None or slot.client is None:
                return self._attempt(slot, call, seconds)
            try:
                return call(slot.client)
            except Exception:
                _discard_output(slot.client)
                raise
        finally:
            self._idle.put(slot)

    def _attempt(self, slot: _Slot, call: Callable[[Client], T], seconds: float) -> T:
        reason = ""
        for _ in range(max(2, len(self._address.hosts))):
            try:
                if slot.client is None:
                    slot.host = self._hosts.next()
                    slot.client = self._open(slot.host)
                if isinstance(slot.client, HttpClient):
                    slot.client.timeout = Timeout(connect=CONNECT_SECONDS, read=seconds + MARGIN_SECONDS)
                return call(slot.client)
            except ClickHouseError as error:
                if not unreachable(error):
                    raise
                reason = first_line(error)
                self._leave(slot)
                if read_timed_out(error):
                    raise EngineTimeout(
                        f"The store did not answer within {seconds + MARGIN_SECONDS:.0f} s"
                    ) from error
        raise EngineUnavailable(f"The store {self._address} does not answer: {reason}")

    def _leave(self, slot: _Slot) -> None:
        if slot.host is not None:
            self._hosts.failed(slot.host)
        client, slot.client = slot.client, None
        if client is not None:
            client.close()

    def _first(self) -> _Slot:
        if self._address.path is not None:
            try:
                dsn = f"chdb://{self._address.path}"
                return _Slot(clickhouse_connect.create_client(dsn=dsn, chdb_options=EMBEDDED_OPTIONS))
            except ClickHouseError as error:
                raise EngineError(f"Cannot open the store {self._address}: {first_line(error)}") from error
        slot = _Slot(None)
        try:
            self._attempt(slot, lambda client: client.command("SELECT 1"), CONNECT_SECONDS)
        except (ClickHouseError, EngineError) as error:
            raise EngineError(f"Cannot open the store {self._address}: {first_line(error)}") from error
        return slot

    def _open(self, host: Host) -> Client:
        try:
            return self._connected(host, self._address.database)
        except DatabaseError as error:
            if _UNKNOWN_DATABASE not in str(error):
                raise
        client = self._connected(host, None)
        try:
            client.command(create_database(self._address))
        finally:
            client.close()
        return self._connected(host, self._address.database)

    def _connected(self, host: Host, database: str | None) -> Client:
        address = self._address
        return clickhouse_connect.create_client(
            host=host.name,
            port=host.port,
            interface="https" if address.tls else "http",
            username=address.user,
            password=address.password,
            database=database,
            ca_cert=address.ca_cert or None,
            verify=address.verify,
            connect_timeout=CONNECT_SECONDS,
            send_receive_timeout=CONNECT_SECONDS + MARGIN_SECONDS,
            autogenerate_session_id=False,
            query_retries=0,
            settings=dict(CLUSTER_SETTINGS) if address.cluster else {},
            client_name="heeler",
        )

    def close(self) -> None:
        """Close every client. Safe to call twice; nothing may run any more."""
        for slot in self._slots:
            client, slot.client = slot.client, None
            if client is not None:
                client.close()
