"""Two servers, one PostgreSQL, one store, and kills at random: is each notification there once?

    python -m bench.several_servers --minutes 60 --monitors 1000 --seed 1

Groups of monitors go above their threshold and back by a schedule; points, distributions and log lines go
to either server, as a load balancer would have it, and again where one was not taken; mails come by SMTP.
Servers, and now and then the store, are killed with SIGKILL. At the end what arrived is compared with the
schedule, and what is stored with what was acknowledged. Exits with 1 where something is missing or there
twice, or took longer than docs/operating.md says. SIGTERM ends the kills early; what came until then is
judged.
"""

from __future__ import annotations

import argparse
import http.client
import random
import shutil
import signal
import statistics
import sys
import tempfile
import threading
import time
import urllib.parse
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from aiosmtpd.controller import Controller
from tests.clickhouse.running import PASSWORD, USER, ClickHouse
from tests.conftest import free_port
from tests.postgres import running_postgres

from bench.several_servers_load import (
    STEP,
    Ages,
    LeaseWatch,
    Mailbox,
    Schedule,
    Sender,
    Site,
    Watch,
    memory,
)
from heeler.store.leases import LEASE_SECONDS, RENEW_SECONDS

SENDERS = 4
#: Seconds that a line taken by one server may be missing at the other, as docs/operating.md says.
LINES_AGE = 5.0
#: A server that is killed, both, the store: of a hundred kills.
BOTH, STORE = 0.08, 0.10
#: Seconds without kills at the end in which what is under way arrives, at most.
SETTLE = 300


@dataclass
class Kills:
    """Kills at random, and starts again."""

    site: Site
    rng: random.Random
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)

    def one(self) -> None:
        chance = self.rng.random()
        if chance < STORE:
            self.counts["store"] += 1
            self.site.store_up = False
            self.site.clickhouse.kill()
            time.sleep(self.rng.uniform(0, 5))
            self.site.clickhouse.start()
            self.site.store_up = True
            return
        places = [0, 1] if chance < STORE + BOTH else [self.rng.randrange(2)]
        self.counts["both servers" if len(places) == 2 else "one server"] += 1
        for place in places:
            self.site.kill(place)
        time.sleep(self.rng.uniform(0, 3))
        for place in places:
            self._start(place)

    def _start(self, place: int) -> None:
        for _ in range(5):
            try:
                return self.site.start(place)
            except RuntimeError as error:
                self.failed.append(str(error)[-500:])
        raise RuntimeError(f"Server {place} does not start")


def create(site: Site, monitors: int) -> None:
    def one(number: int) -> None:
        definition = {
            "type": "metric alert", "name": f"soak {number}", "message": f"@m{number}@soak.example",
            "query": f"max(last_1m):max:soak.level.{number}{{*}} by {{host}} > 10",
            "options": {"thresholds": {"critical": 10}},
        }  # fmt: skip
        status, found = site.ask(number % 2, "POST", "/api/v1/monitor", definition, 300)
        if status != 200:
            raise RuntimeError(f"No monitor: {found!r}")

    with ThreadPoolExecutor(8) as workers:
        for _ in workers.map(one, range(monitors)):
            pass


def stored(site: Site, sql: str) -> list[float]:
    """The row that the store answers."""
    address = urllib.parse.urlencode({"user": USER, "password": PASSWORD, "database": "heeler"})
    connection = http.client.HTTPConnection("127.0.0.1", site.clickhouse.port, timeout=120)
    try:
        connection.request("POST", f"/?{address}", sql)
        response = connection.getresponse()
        answer = response.read().decode()
    finally:
        connection.close()
    if response.status != 200:
        raise RuntimeError(answer)
    return [float(cell) for cell in answer.split()]


def lost_or_doubled(site: Site, senders: Sequence[Sender]) -> list[str]:
    """What is stored otherwise than it was acknowledged."""
    wanted = {
        "points": sum(one.points for one in senders),
        "sum of counts": sum(one.sum for one in senders),
        "values of distributions": sum(one.values for one in senders),
        "log lines": sum(one.lines for one in senders),
    }
    levels = "(metric LIKE 'soak.level.%' OR metric = 'soak.sent')"
    found = {
        "points": stored(site, f"SELECT count() FROM points FINAL WHERE {levels}")[0],
        "sum of counts": stored(site, "SELECT sum(value) FROM points FINAL WHERE metric = 'soak.sent'")[0],
        "values of distributions": stored(
            site, "SELECT sum(count) FROM sketches FINAL WHERE metric = 'soak.values'"
        )[0],
        "log lines": stored(site, "SELECT uniqExact(message) FROM log_events WHERE service = 'soak'")[0],
    }
    twice = stored(site, "SELECT count() - uniqExact(message) FROM log_events WHERE service = 'soak'")[0]
    print(f"acknowledged: {wanted}; log lines twice (sent again to another server): {twice:g}")
    return [
        f"{name}: {found[name]:g} stored of {wanted[name]:g}"
        for name in wanted
        if found[name] != wanted[name]
    ]


def spread(values: Sequence[float]) -> str:
    if not values:
        return "none"
    p99 = sorted(values)[len(values) * 99 // 100]
    return f"{len(values)}, median {statistics.median(values):.2f}, p99 {p99:.2f}, max {max(values):.2f} s"


@dataclass
class Minutes:
    """A line of the table for each minute: the most that was seen in it."""

    site: Site
    mailbox: Mailbox
    senders: Sequence[Sender]
    kills: Kills
    number: int = 0
    most: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    late: float = 0.0
    next: float = 0.0

    def head(self) -> None:
        self.next = time.monotonic() + 60
        names = "minute | server 0 RSS, own, threads | server 1 | store | mails | kills | latest delivery s"
        print(f"| {names} |\n|{'---|' * 7}", flush=True)

    def look(self) -> None:
        processes = {f"server {place}": server.process for place, server in self.site.servers.items()}
        if self.site.clickhouse.process is not None:
            processes["store"] = self.site.clickhouse.process
        for name, process in processes.items():
            self.most[name] = max(self.most.get(name, (0, 0, 0)), memory(process.pid))
        if time.monotonic() < self.next:
            return
        self.next += 60
        self.number += 1
        cells = [", ".join(map(str, self.most.get(name, ()))) for name in ("server 0", "server 1", "store")]
        late = max(one.late for one in self.senders)
        for one in self.senders:
            one.late = 0.0
        self.late = max(self.late, late)
        kills = sum(self.kills.counts.values())
        print(
            f"| {self.number} | {' | '.join(cells)} | {self.mailbox.told()} | {kills} | {late:.0f} |",
            flush=True,
        )
        self.most = {}


def soak(site: Site, mailbox: Mailbox, given: argparse.Namespace) -> list[str]:
    rng = random.Random(given.seed)
    create(site, given.monitors)
    begin = int(time.time()) + 2
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    end = begin + 60 * given.minutes
    schedule = Schedule.made(given.monitors, begin + 90, end, given.cycle, rng)
    share = -(-given.monitors // SENDERS)
    senders = [
        Sender(site, schedule, range(part * share, min((part + 1) * share, given.monitors)), begin,
               random.Random(rng.random()))
        for part in range(SENDERS)
    ]  # fmt: skip
    kills, ages, leases = Kills(site, rng), Ages(site, random.Random(given.seed + 1)), LeaseWatch(site)
    minutes = Minutes(site, mailbox, senders, kills)
    watches = [Watch(ages.look, 2), Watch(leases.look, 0.5), Watch(minutes.look, 5)]
    minutes.head()
    for thread in (*senders, *watches):
        thread.start()
    ended.wait(30)
    while (left := end - time.time()) > 0 and not ended.is_set():
        if not ended.wait(min(rng.uniform(0.2, 2 * given.pause), left)):
            kills.one()
    schedule.stop(time.time() + STEP)
    print(f"kills ended after {(time.time() - begin) / 60:.1f} minutes", flush=True)
    settled = time.time() + SETTLE
    while time.time() < settled and mailbox.told() < schedule.due():
        time.sleep(1)
    for sender in senders:
        sender.until = time.time()
    for thread in senders:
        thread.join(120)
    time.sleep(20)  # what would come twice would come now; lines on a server's disk reach the store
    for watch in watches:
        watch.over.set()
        watch.join(60)
    return report(site, mailbox, schedule, senders, (kills, ages, leases), watches)


def report(
    site: Site,
    mailbox: Mailbox,
    schedule: Schedule,
    senders: Sequence[Sender],
    looks: tuple[Kills, Ages, LeaseWatch],
    watches: Sequence[Watch],
) -> list[str]:
    kills, ages, leases = looks
    problems = mailbox.problems(schedule) + lost_or_doubled(site, senders)
    again = sum(repeated for *_, repeated in mailbox.got)
    print(f"kills: {dict(kills.counts)}; starts that failed: {len(kills.failed)} {kills.failed[:1]}")
    print(f"transitions due {schedule.due()}, told {mailbox.told()}, mails {len(mailbox.got)}, marked as "
          f"repetitions {again}, refused {mailbox.refused}, broken off {mailbox.broken}; "
          f"other mails {dict(mailbox.others)}")  # fmt: skip
    print(f"deliveries sent again: {sum(one.again for one in senders)}: "
          f"{dict(sum((one.refused for one in senders), Counter()).most_common(8))}")  # fmt: skip
    print(f"age of points at the other server: {spread(ages.points)}\nof lines: {spread(ages.lines)}")
    print(f"leases that had run out until they were taken: {spread(leases.vacancies)}; "
          f"after the last kill: {spread(leases.after_kill)}; "
          f"the longest that a monitor was not evaluated: {leases.longest_unjudged:.0f} s")  # fmt: skip
    print(f"looks that failed: {[dict(one.failed.most_common(3)) for one in watches]}")
    # A lease runs out, then a server renews each three seconds, and its statements take a moment.
    if max(leases.after_kill, default=0) > LEASE_SECONDS + RENEW_SECONDS + 4:
        problems.append(f"work lay still {max(leases.after_kill):.1f} s after a kill")
    if max(ages.lines, default=0) > LINES_AGE:
        problems.append(f"a line was {max(ages.lines):.1f} s old at the other server")
    if max(ages.points, default=0) > 1:
        problems.append(f"a point was {max(ages.points):.1f} s old at the other server")
    return problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--monitors", type=int, default=1000)
    parser.add_argument("--pause", type=float, default=30, help="mean seconds between kills")
    parser.add_argument(
        "--cycle", type=float, default=480, help="seconds from one alert of a group to its next"
    )
    parser.add_argument("--interval", type=float, default=10, help="seconds between evaluations")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="leave the folder with the servers' logs")
    given = parser.parse_args()
    mailbox = Mailbox(random.Random(given.seed + 2))
    mails = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    mails.start()
    settings = {
        "HEELER_MONITOR_INTERVAL": str(given.interval),
        "HEELER_SMTP": f"smtp://127.0.0.1:{mails.port}",
    }
    folder = Path(tempfile.mkdtemp(prefix="heeler-several-"))
    with running_postgres() as postgres:
        print(f"folder {folder}, seed {given.seed}", flush=True)
        clickhouse = ClickHouse(folder / "clickhouse", free_port())
        clickhouse.start()
        site = Site(folder, postgres, clickhouse, settings)
        try:
            for place in range(2):
                site.start(place)
            problems = soak(site, mailbox, given)
        finally:
            for server in site.servers.values():
                server.stop()
            clickhouse.stop()
            mails.stop()
            if not given.keep:
                shutil.rmtree(folder, ignore_errors=True)
    print("\n".join(problems[:30]) or "each notification once")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
