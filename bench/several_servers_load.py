"""What :mod:`bench.several_servers` sends, receives and looks at while servers are killed."""

from __future__ import annotations

import http.client
import json
import random
import re
import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

import psycopg
from tests.clickhouse.running import ClickHouse
from tests.conftest import RunningServer, start_server

#: Seconds between two points of a group, and monitors whose points are in one body.
STEP, TOGETHER = 10, 100
HIGH, LOW = 50.0, 1.0
_SUBJECT = re.compile(r"\[(\w+) on \{host:(\w+)\}\] soak (\d+)")

Group = tuple[int, str]
"""A monitor's number and its group."""


@dataclass
class Schedule:
    """When each group goes above its threshold and back. Times are UNIX seconds."""

    flips: Mapping[Group, tuple[float, ...]]

    def stop(self, at: float) -> None:
        """From ``at`` on everything stays as it is."""
        self.flips = {group: times[: bisect_right(times, at)] for group, times in self.flips.items()}

    @classmethod
    def made(cls, monitors: int, begin: float, end: float, cycle: float, rng: random.Random) -> Schedule:
        """Four tenths of ``cycle`` above the threshold, the rest below it; every fourth monitor has two
        groups."""
        flips: dict[Group, tuple[float, ...]] = {}
        for number in range(monitors):
            for host in ("a", "b")[: 1 + (number % 4 == 0)]:
                times, at = [], begin + rng.uniform(0, cycle)
                while at < end:
                    times += [one for one in (at, at + 0.4 * cycle) if one < end]
                    at += cycle
                flips[number, host] = tuple(times)
        return cls(flips)

    def value(self, group: Group, at: float) -> float:
        return HIGH if bisect_right(self.flips[group], at) % 2 else LOW

    def due(self) -> int:
        return sum(len(times) for times in self.flips.values())


@dataclass
class Site:
    """Two servers of one PostgreSQL and one store; ``up``: since when each answers, None if it does not."""

    root: Path
    postgres: str
    clickhouse: ClickHouse
    settings: Mapping[str, str]
    servers: dict[int, RunningServer] = field(default_factory=dict)
    up: dict[int, float | None] = field(default_factory=dict)
    store_up: bool = True
    killed: float = 0.0
    """When a server was killed last, by the monotonic clock."""

    def start(self, place: int) -> None:
        port = int(self.servers[place].url.rpartition(":")[2]) if place in self.servers else None
        self.servers[place] = start_server(
            self.root / f"server{place}", port, HEELER_DATABASE=self.postgres,
            HEELER_STORE=self.clickhouse.dsn(), **self.settings,
        )  # fmt: skip
        self.up[place] = time.monotonic()

    def kill(self, place: int) -> None:
        self.up[place], self.killed = None, time.monotonic()
        self.servers[place].kill()

    def ask(
        self, place: int, method: str, path: str, body: Any = None, seconds: float = 30
    ) -> tuple[int, bytes]:
        """Status and body of the answer. Raises OSError or HTTPException where there is none."""
        server = self.servers[place]
        connection = http.client.HTTPConnection(
            "127.0.0.1", int(server.url.rpartition(":")[2]), timeout=seconds
        )
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, {**server.headers, "Content-Type": "application/json"})
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.postgres) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[arg-type]


class Mailbox:
    """Receives mails; refuses one in a hundred for now, and breaks the connection of another after it has
    taken the mail, as receivers do."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.got: list[tuple[Group, str, str, bool]] = []
        """Group, kind, ``Message-ID`` and mark of a repetition of mails of the soak's monitors."""
        self.others: Counter[str] = Counter()
        self.refused = self.broken = 0

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if self._rng.random() < 0.01:
            self.refused += 1
            return "451 Try again later"
        mail = BytesHeaderParser(policy=policy.default).parsebytes(envelope.content)
        found = _SUBJECT.search(str(mail["Subject"]))
        if found:
            group = int(found[3]), found[2]
            self.got.append((group, found[1], str(mail["Message-ID"]), mail["X-Heeler-Repeated"] == "true"))
        else:
            self.others[str(mail["Subject"])] += 1
        if self._rng.random() < 0.01:
            self.broken += 1
            server.transport.abort()
        return "250 OK"

    def told(self) -> int:
        return len({message for _, _, message, _ in self.got})

    def problems(self, schedule: Schedule) -> list[str]:
        """What is not as the schedule says: missing, there twice without a mark, in another order."""
        found = []
        unmarked = Counter(message for _, _, message, repeated in self.got if not repeated)
        kinds: dict[Group, list[str]] = {group: [] for group in schedule.flips}
        seen: set[str] = set()
        for group, kind, message, _ in list(self.got):
            if message not in seen:
                seen.add(message)
                kinds[group].append(kind)
        for message, count in unmarked.items():
            if count > 1:
                found.append(f"{message} came {count} times without the mark of a repetition")
        for group, times in schedule.flips.items():
            wanted = [("Triggered", "Recovered")[place % 2] for place in range(len(times))]
            if kinds[group] != wanted:
                found.append(f"monitor {group[0]} group {group[1]}: {kinds[group]} in place of {wanted}")
        return found


class Sender(threading.Thread):
    """Sends the points of some monitors in their order, to either server, again until one takes them."""

    def __init__(
        self, site: Site, schedule: Schedule, numbers: range, begin: int, rng: random.Random
    ) -> None:
        super().__init__(daemon=True)
        self._site, self._schedule, self._begin, self._rng = site, schedule, begin, rng
        self._numbers = numbers
        self.until = float("inf")
        self.points = self.sum = self.lines = self.again = 0
        self.values = 0
        self.late = 0.0
        """Seconds that the last delivery was taken after its time, at most."""
        self.refused: Counter[str] = Counter()

    def run(self) -> None:
        tick = 0
        while (at := self._begin + tick * STEP) < self.until:
            time.sleep(max(at - time.time(), 0))
            for first in self._numbers[::TOGETHER]:
                numbers = range(first, min(first + TOGETHER, self._numbers.stop))
                self._send_points(numbers, at, tick)
            self.late = max(self.late, time.time() - at)
            # As agents do, it sends what is now: where deliveries take longer, there are fewer.
            tick = max(tick + 1, int((time.time() - self._begin) // STEP))

    def _send_points(self, numbers: range, at: int, tick: int) -> None:
        series = [
            {"metric": f"soak.level.{number}", "type": "gauge", "host": host,
             "points": [[at, self._schedule.value((number, host), at)]]}
            for number in numbers for host in ("a", "b") if (number, host) in self._schedule.flips
        ]  # fmt: skip
        worth = tick % 97 + 1
        host = f"sender-{numbers.start}"
        series.append({"metric": "soak.sent", "type": "count", "interval": STEP, "host": host,
                       "points": [[at, worth]]})  # fmt: skip
        self._deliver("/api/v1/series", {"series": series}, (202,))
        self.points += len(series)
        self.sum += worth
        values = {"metric": "soak.values", "host": host, "points": [[at, [1.0, float(worth)]]]}
        self._deliver("/api/v1/distribution_points", {"series": [values]}, (202,))
        self.values += 2
        line = [{"message": f"soak {numbers.start} {tick}", "service": "soak", "ddsource": "soak"}]
        self._deliver("/api/v2/logs", line, (202,))
        self.lines += 1

    def _deliver(self, path: str, body: Any, taken: tuple[int, ...]) -> None:
        place = self._rng.randrange(2)
        while True:
            try:
                status, answer = self._site.ask(place, "POST", path, body)
                if status in taken:
                    return
                self.refused[f"{status} {answer[:80].decode(errors='replace')}"] += 1
            except (OSError, http.client.HTTPException) as error:
                self.refused[type(error).__name__] += 1
            self.again += 1
            place = 1 - place
            time.sleep(0.2)


class Watch(threading.Thread):
    """Calls ``look`` each ``seconds``; what goes wrong in it is in ``failed``."""

    def __init__(self, look: Callable[[], None], seconds: float) -> None:
        super().__init__(daemon=True)
        self._look, self._seconds = look, seconds
        self.over = threading.Event()
        self.failed: Counter[str] = Counter()

    def run(self) -> None:
        while not self.over.wait(self._seconds):
            try:
                self._look()
            except Exception as error:  # noqa: BLE001 - counted, and looked at again
                self.failed[f"{type(error).__name__}: {str(error)[:100]}"] += 1


class Ages:
    """How old what one server shows of what the other took is, for points and log lines."""

    def __init__(self, site: Site, rng: random.Random) -> None:
        self._site, self._rng, self._number = site, rng, 0
        self.points: list[float] = []
        self.lines: list[float] = []

    def look(self) -> None:
        """Send a point and a line to one server, and look for them at the other."""
        self._number += 1
        number, sender = self._number, self._rng.randrange(2)
        marks = dict(self._site.up)
        if None in marks.values() or not self._site.store_up:
            return
        at = int(time.time())
        metric = f"soak.probe.{number}"
        point = {"metric": metric, "type": "gauge", "points": [[at, number]], "host": "p"}
        if self._site.ask(sender, "POST", "/api/v1/series", {"series": [point]})[0] != 202:
            return
        taken = time.monotonic()
        age = self._seen(1 - sender, taken, lambda: self._graph(1 - sender, metric, at), marks)
        if age is not None:
            self.points.append(age)
        if number % 3:
            return
        line = [{"message": f"probe {number} {at}", "service": "probe", "ddsource": "soak"}]
        if self._site.ask(sender, "POST", "/api/v2/logs", line)[0] != 202:
            return
        taken = time.monotonic()
        age = self._seen(1 - sender, taken, lambda: self._line(1 - sender, f"probe {number} {at}"), marks)
        if age is not None:
            self.lines.append(age)

    def _seen(
        self, place: int, taken: float, look: Callable[[], bool | None], marks: dict[int, float | None]
    ) -> float | None:
        """Seconds from ``taken`` to the question that was first answered with it; None where a server or the
        store was killed meanwhile."""
        while True:
            asked = time.monotonic()
            found = look()
            if self._site.up != marks or not self._site.store_up:
                return None
            if found:
                return max(asked - taken, 0.0)
            if found is None or asked - taken > 30:
                return None if found is None else asked - taken
            time.sleep(0.1)

    def _graph(self, place: int, metric: str, at: int) -> bool | None:
        """As a page asks: in a batch."""
        asked = {
            "from": (at - 300) * 1000, "to": (at + 60) * 1000, "formulas": [{"formula": "a"}],
            "queries": [{"name": "a", "data_source": "metrics", "query": f"max:{metric}{{*}}"}],
        }  # fmt: skip
        body = {"data": {"type": "timeseries_request", "attributes": asked}}
        queries = {"queries": [{"id": "1", "kind": "timeseries", "body": body}]}
        status, found = self._site.ask(place, "POST", "/api/ui/query/batch", queries)
        if status != 200:
            return None
        line = json.loads(found.splitlines()[0])
        if line["status"] != 200:
            return None
        return any(value is not None for row in line["body"]["data"]["attributes"]["values"] for value in row)

    def _line(self, place: int, message: str) -> bool | None:
        search = {"filter": {"query": "service:probe", "from": "now-15m", "to": "now"}, "sort": "-timestamp"}
        status, found = self._site.ask(place, "POST", "/api/v2/logs/events/search", search)
        if status != 200:
            return None
        return any(one["attributes"]["message"] == message for one in json.loads(found)["data"])


class LeaseWatch:
    """How long work lay still: leases that had run out, until somebody took them."""

    SQL = (
        "SELECT name, extract(epoch FROM clock_timestamp() - expires) FROM leases "
        "WHERE name NOT LIKE 'server/%'"
    )
    EVALUATED = (
        "SELECT max(extract(epoch FROM clock_timestamp()) - evaluated) FROM monitors WHERE evaluated > 0"
    )

    def __init__(self, site: Site) -> None:
        self._site = site
        self._vacant: dict[str, float] = {}
        self.vacancies: list[float] = []
        """Seconds since they had run out, or since a server ran again where none did."""
        self.after_kill: list[float] = []
        """Seconds since a server was killed last, or since one ran again where none did."""
        self.longest_unjudged = 0.0

    def look(self) -> None:
        since = [at for at in self._site.up.values() if at is not None]
        now = time.monotonic()
        for name, over in self._site.rows(self.SQL):
            if over > 0 and since:
                self._vacant[name] = min(float(over), now - min(since))
            elif over <= 0 and name in self._vacant:
                self.vacancies.append(self._vacant.pop(name))
                self.after_kill.append(now - max(self._site.killed, min(since, default=now)))
        [(behind,)] = self._site.rows(self.EVALUATED)
        self.longest_unjudged = max(self.longest_unjudged, float(behind or 0))


def memory(process: int) -> tuple[int, int, int]:
    """Resident MB, those not of files, and threads; zeros of a process that has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0, 0, 0
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    found = [int(fields.get(name, "0").split()[0]) for name in ("VmRSS", "RssAnon", "Threads")]
    return found[0] // 1024, found[1] // 1024, found[2]
