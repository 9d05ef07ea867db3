"""While points arrive, also late ones and some anew, answers from memory are those of the store."""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.parse
import urllib.request
from typing import Any

from tests.conftest import RunningServer

SECONDS = 8
QUERIES = (
    "avg:live.load{*} by {host}",
    "sum:live.hits{*}.as_count()",
    "max:live.load{rack:1} by {rack}",
    "avg:live.load{host:h1-3}.rollup(last, 10)",
    "sum:live.hits{*} by {host}.as_rate()",
)


def _ask(server: RunningServer, query: str, end: int, **caching: str) -> dict[str, Any]:
    asked = urllib.parse.urlencode({"query": query, "from": end - 900, "to": end, **caching})
    request = urllib.request.Request(f"{server.url}/api/v1/query?{asked}", headers=server.headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return {series["scope"]: series["pointlist"] for series in json.load(answer)["series"]}


def _flush(rng: random.Random, number: int) -> bytes:
    """What ten hosts send; one point in ten is late, or replaces one that was sent before."""
    series = []
    for host in range(10):
        at = int(time.time()) - (rng.randrange(400) if rng.random() < 0.1 else 0)
        tags = {"host": f"h{number}-{host}", "tags": [f"rack:{host % 4}"]}
        load = [[at, round(rng.random() * 100, 2)]]
        series.append({"metric": "live.load", "type": "gauge", "points": load, **tags})
        hits = [[at, rng.randrange(50)]]
        series.append({"metric": "live.hits", "type": "count", "interval": 1, "points": hits, **tags})
    return json.dumps({"series": series}).encode()


def test_answers_while_points_arrive(server: RunningServer) -> None:
    until = time.monotonic() + SECONDS
    failures: list[Exception] = []

    def send(number: int) -> None:
        rng = random.Random(number)
        try:
            while time.monotonic() < until:
                headers = {"DD-API-KEY": server.api_key, "Content-Type": "application/json"}
                request = urllib.request.Request(f"{server.url}/api/v1/series", _flush(rng, number), headers)
                urllib.request.urlopen(request, timeout=30).close()
                time.sleep(0.05)
        except OSError as error:
            failures.append(error)

    senders = [threading.Thread(target=send, args=(number,)) for number in range(3)]
    for sender in senders:
        sender.start()
    while time.monotonic() < until:
        for query in QUERIES:
            _ask(server, query, int(time.time()))
    for sender in senders:
        sender.join()
    assert not failures
    end = int(time.time()) + 60
    for query in QUERIES:
        kept = _ask(server, query, end)
        assert kept, query
        assert kept == _ask(server, query, end, nocache="all"), query
        assert kept == _ask(server, query, end, nocache="true"), query
