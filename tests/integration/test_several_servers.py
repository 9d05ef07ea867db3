"""Two servers over one PostgreSQL and one ClickHouse: what one is told the other knows, and random kills
cost no notification and double none."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pytest

from heeler.store.leases import NAMES
from tests.clickhouse.running import ClickHouse
from tests.conftest import ADMIN_EMAIL, ADMIN_PASSWORD, RunningServer, free_port, start_server
from tests.integration.mail import until
from tests.postgres import running_postgres

#: Random kills of the short run; `python -m bench.several_servers` makes more.
KILLS = 2
#: Seconds within which what was configured at one server holds at the others, on a machine that is busy.
COHERENT = 10.0


class Receiver(ThreadingHTTPServer):
    """Takes webhooks; ``got`` has the delivery of each, whether it is marked as a repetition, its title."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.got: list[tuple[str, bool, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook"


class _Hook(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        repeated = self.headers.get("X-Heeler-Repeated") == "true"
        self.server.got.append((self.headers["X-Heeler-Delivery"], repeated, body["title"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Silent."""


@dataclass
class Site:
    root: Path
    postgres: str
    clickhouse: ClickHouse
    receiver: Receiver
    servers: list[RunningServer] = field(default_factory=list)

    def start(self, place: int, port: int | None = None) -> RunningServer:
        return start_server(
            self.root / f"server{place}",
            port,
            HEELER_DATABASE=self.postgres,
            HEELER_STORE=self.clickhouse.dsn(),
            HEELER_MONITOR_INTERVAL="1",
            HEELER_PRIVATE_TARGETS="127.0.0.1",
        )

    def ask(self, place: int, method: str, path: str, body: Any = None, cookie: str = "") -> tuple[int, Any]:
        server = self.servers[place]
        connection = http.client.HTTPConnection("127.0.0.1", int(server.url.rpartition(":")[2]), timeout=30)
        headers = {"Cookie": cookie} if cookie else server.headers
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {**headers, "Content-Type": "application/json"})
            response = connection.getresponse()
            found = response.read()
            self.cookie = (response.headers["Set-Cookie"] or "").partition(";")[0]
            return response.status, json.loads(found) if found.startswith((b"{", b"[")) else found
        finally:
            connection.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgres) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    root = tmp_path_factory.mktemp("several")
    clickhouse, receiver = ClickHouse(root / "clickhouse", free_port()), Receiver()
    clickhouse.start()
    threading.Thread(target=receiver.serve_forever, daemon=True).start()
    # Threads that start a server have to live as long as it does.
    with running_postgres() as postgres, ThreadPoolExecutor(2) as starters:
        made = Site(root, postgres, clickhouse, receiver)
        # Both at once: one prepares the tables, the other waits for it.
        made.servers += starters.map(made.start, range(2))
        hook = {"name": "all", "url": receiver.url, "payload": '{"title": "$EVENT_TITLE"}'}
        assert made.ask(0, "POST", "/api/v1/integration/webhooks/configuration/webhooks", hook)[0] == 201
        yield made
        for server in made.servers:
            assert server.stop() == 0, server.log
    receiver.shutdown()
    clickhouse.stop()


def _send(site: Site, place: int, metric: str, value: float) -> None:
    point = {"metric": metric, "type": "gauge", "points": [[int(time.time()), value]], "host": "h"}
    assert site.ask(place, "POST", "/api/v1/series", {"series": [point]})[0] == 202


def _query(site: Site, place: int, metric: str) -> list[float]:
    now = int(time.time())
    path = f"/api/v1/query?from={now - 300}&to={now + 1}&query=max:{metric}%7B*%7D"
    status, found = site.ask(place, "GET", path)
    assert status == 200, found
    return [point[1] for series in found["series"] for point in series["pointlist"] if point[1] is not None]


def test_what_is_sent_to_one_server_shows_at_the_other(site: Site) -> None:
    for turn in range(6):
        sender, reader = turn % 2, 1 - turn % 2
        metric = f"several.shown.{turn}"  # two values of one metric may share a bucket
        _send(site, sender, metric, 100.0 + turn)
        assert _query(site, reader, metric) == [100.0 + turn]
        line = [{"message": f"several {turn}", "service": "several", "ddsource": "test"}]
        assert site.ask(sender, "POST", "/api/v2/logs", line)[0] == 202
        search = {"filter": {"query": "service:several", "from": "now-15m", "to": "now"}}

        def messages(reader: int = reader, search: Any = search) -> list[str]:
            found = site.ask(reader, "POST", "/api/v2/logs/events/search", search)[1]
            return [one["attributes"]["message"] for one in found["data"]]

        until(lambda turn=turn, messages=messages: f"several {turn}" in messages(), 20)  # type: ignore[misc]


def test_keys_and_sessions_of_one_server_hold_and_end_at_the_other(site: Site) -> None:
    login = {"email": ADMIN_EMAIL, "password": ADMIN_PASSWORD}
    assert site.ask(0, "POST", "/api/ui/login", login)[0] < 300
    cookie = site.cookie
    assert site.ask(1, "GET", "/api/ui/me", cookie=cookie)[0] == 200
    status, made = site.ask(
        0, "POST", "/api/v2/api_keys", {"data": {"type": "api_keys", "attributes": {"name": "k"}}}
    )
    assert status == 201, made
    key, number = made["data"]["attributes"]["key"], made["data"]["id"]

    def accepted(place: int) -> bool:
        port = int(site.servers[place].url.rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", "/api/v1/validate", headers={"DD-API-KEY": key})
        found = connection.getresponse().status
        connection.close()
        return found == 200

    assert accepted(1)
    assert site.ask(0, "DELETE", f"/api/v2/api_keys/{number}")[0] == 204
    until(lambda: not accepted(1), COHERENT)
    site.ask(0, "POST", "/api/ui/logout", {}, cookie=cookie)
    until(lambda: site.ask(1, "GET", "/api/ui/me", cookie=cookie)[0] == 401, COHERENT)


def test_shared_work_is_divided(site: Site) -> None:
    def shares() -> list[int]:
        held = site.rows(
            "SELECT holder, count(*) FROM leases "
            "WHERE name NOT LIKE 'server/%' AND expires > now() GROUP BY holder"
        )
        return sorted(count for _, count in held)

    until(lambda: sum(found := shares()) == len(NAMES) and found[0] >= len(NAMES) // 2, 60)


@pytest.mark.timeout(300)  # starts of servers are slow where the machine has other work
def test_each_notification_once_while_servers_are_killed(site: Site) -> None:
    random.seed(7)
    made, monitors = [], 12
    for number in range(monitors):
        definition = {
            "type": "metric alert", "name": f"several {number}", "message": "@webhook-all",
            "query": f"max(last_1m):max:several.level.{number}{{*}} > 10",
            "options": {"thresholds": {"critical": 10}},
        }  # fmt: skip
        status, found = site.ask(number % 2, "POST", "/api/v1/monitor", definition)
        assert status == 200, found
        made.append(found["id"])
    for number in range(monitors):
        _send(site, number % 2, f"several.level.{number}", 50.0)
    for _ in range(KILLS):
        time.sleep(random.uniform(0, 4))
        place = random.randrange(2)
        server = site.servers[place]
        server.kill()
        site.servers[place] = site.start(place, int(server.url.rpartition(":")[2]))
    wanted = {f"[Triggered] several {number}" for number in range(monitors)}
    until(lambda: wanted <= {title for _, __, title in site.receiver.got}, 90)
    time.sleep(3)  # what would come twice would come now
    check_once(site, made, wanted)


def check_once(site: Site, made: list[int], wanted: set[str]) -> None:
    """Each transition was decided once, written once to the outbox, and delivered once, or again with the
    mark of a repetition where a server was killed between delivery and record of it."""
    sql = "SELECT monitor_id FROM monitor_transitions WHERE after = 'Alert'"
    decided = Counter(row[0] for row in site.rows(sql))
    assert {monitor: decided[monitor] for monitor in made} == dict.fromkeys(made, 1)
    written = Counter(row[0] for row in site.rows("SELECT monitor_id FROM outbox WHERE channel = 'webhook'"))
    assert {monitor: written[monitor] for monitor in made} == dict.fromkeys(made, 1)
    first = Counter(title for _, repeated, title in site.receiver.got if not repeated and title in wanted)
    assert max(first.values()) == 1
    assert {title for _, __, title in site.receiver.got} >= wanted
