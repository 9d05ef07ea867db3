"""Two servers, one PostgreSQL, one store, and kills at random: is each notification there once?

    python -m bench.several_servers --minutes 60 --monitors 1000

Each monitor is driven over its threshold and back, again and again. At the end the transitions in the
database, the messages in the outbox and the webhooks that arrived are compared. Exits with 1 where one is
missing or there twice.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

from tests.clickhouse.running import ClickHouse
from tests.conftest import free_port
from tests.integration.test_several_servers import Receiver, Site
from tests.postgres import running_postgres


def _send(site: Site, monitors: int, value: float) -> None:
    points = [
        {
            "metric": f"soak.level.{number}",
            "type": "gauge",
            "points": [[int(time.time()), value]],
            "host": "h",
        }
        for number in range(monitors)
    ]
    while True:
        for place in random.sample(range(2), 2):
            try:
                if site.ask(place, "POST", "/api/v1/series", {"series": points})[0] == 202:
                    return
            except OSError:
                continue
        time.sleep(0.2)


def _create(site: Site, monitors: int) -> list[int]:
    made = []
    for number in range(monitors):
        definition = {
            "type": "metric alert", "name": f"soak {number}", "message": "@webhook-all",
            "query": f"max(last_1m):max:soak.level.{number}{{*}} > 10",
            "options": {"thresholds": {"critical": 10}},
        }  # fmt: skip
        status, found = site.ask(number % 2, "POST", "/api/v1/monitor", definition)
        if status != 200:
            raise RuntimeError(f"No monitor: {found}")
        made.append(found["id"])
    return made


def _kill_until(site: Site, end: float, pause: float) -> int:
    kills = 0
    while time.monotonic() < end:
        time.sleep(random.uniform(0.2, 2 * pause))
        place = random.randrange(2)
        server = site.servers[place]
        server.kill()
        kills += 1
        site.servers[place] = site.start(place, int(server.url.rpartition(":")[2]))
    return kills


def _drive(site: Site, monitors: int, end: float, period: float) -> int:
    """Over the threshold and back, each for ``period`` seconds; how many times over."""
    times = 0
    while time.monotonic() < end:
        for value in (50.0, 1.0):
            until = time.monotonic() + period
            while time.monotonic() < until:
                _send(site, monitors, value)
                time.sleep(5)
        times += 1
    return times


def _report(site: Site, made: list[int]) -> list[str]:
    """What is wrong."""
    problems = []
    told = Counter(
        (monitor, after) for monitor, after in site.rows("SELECT monitor_id, after FROM monitor_transitions")
    )
    rows = site.rows("SELECT id, monitor_id, subject, state FROM outbox WHERE channel = 'webhook'")
    first = Counter(delivery for delivery, repeated, _ in site.receiver.got if not repeated)
    again = sum(repeated for _, repeated, _ in site.receiver.got)
    if len(rows) != sum(told.values()):
        problems.append(f"{sum(told.values())} transitions and {len(rows)} messages")
    for number, _, subject, state in rows:
        arrived = sum(delivery == str(number) for delivery, _, _ in site.receiver.got)
        if state != "sent" or not arrived or first[str(number)] > 1:
            problems.append(
                f"{subject}: {state}, arrived {arrived} times, {first[str(number)]} without a mark"
            )
    alerts = [told[monitor, "Alert"] for monitor in made]
    print(f"transitions {sum(told.values())}, messages {len(rows)}, arrived {len(site.receiver.got)}, "
          f"marked as repetitions {again}, alerts a monitor {min(alerts)} to {max(alerts)}")  # fmt: skip
    return problems


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--monitors", type=int, default=1000)
    parser.add_argument("--pause", type=float, default=30, help="mean seconds between kills")
    parser.add_argument("--period", type=float, default=150, help="seconds over the threshold, and below it")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    random.seed(given.seed)
    with tempfile.TemporaryDirectory(prefix="heeler-several-") as folder, running_postgres() as postgres:
        root = Path(folder)
        clickhouse, receiver = ClickHouse(root / "clickhouse", free_port()), Receiver()
        clickhouse.start()
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        site = Site(root, postgres, clickhouse, receiver)
        try:
            site.servers += [site.start(place) for place in range(2)]
            hook = {"name": "all", "url": receiver.url, "payload": '{"title": "$EVENT_TITLE"}'}
            site.ask(0, "POST", "/api/v1/integration/webhooks/configuration/webhooks", hook)
            made = _create(site, given.monitors)
            end = time.monotonic() + 60 * given.minutes
            counts: list[int] = []
            driving = threading.Thread(
                target=lambda: counts.append(_drive(site, given.monitors, end, given.period))
            )
            driving.start()
            kills = _kill_until(site, end, given.pause)
            driving.join()
            time.sleep(60)  # what is on its way arrives
            problems = _report(site, made)
            print(f"{kills} kills in {given.minutes:g} minutes, {counts[0]} times over the threshold")
        finally:
            for server in site.servers:
                server.stop()
            clickhouse.stop()
            receiver.shutdown()
    print("\n".join(problems[:20]) or "each notification once")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
