"""The HTTP half of ``bench.fuzz``: made-up strings and documents for the endpoints that answer questions.

A server of its own on loopback, with a few points, logs and events; eight connections that are kept. Answers
are counted by endpoint and status. Any 5xx, and what takes longest, is printed with what was sent.
"""

from __future__ import annotations

import argparse
import heapq
import http.client
import json
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from bench.fuzz_texts import WORDS, made
from bench.servers import API_KEY, APP_KEY, heeler

CONNECTIONS = 8
SLOW_S = 1.0
_HEADERS = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY, "Content-Type": "application/json"}
_SEARCH_WORDS = (
    "disk", "full", '"disk full"', "dis*", "d?sk", "é", "東京", "*", "*:", "*:word", "@a", "@a.b:",
    "@http.status_code:", "[1 TO 5]", "{1 TO *}", "[* TO 5}", "trace_id:", "\u00a0", "TO", "1e999",
    ">=", "<", "5", "1s", "2parsec", "[", "]", "{", "}", "(", ")", " OR ", " AND ", "\n", "\t", " ",
    " NOT ", "-", "!", "||", "&&", "service:", "service:(a OR b)", "env:prod", "tags:a:b", "host:web-*",
    "status:error", "CIDR(@ip,10.0.0.0/8)", "CIDR(", ",", "\\", '"', "“", "”", "$x", "\0", "\ud7ff", "\u202e",
    "@duration:>1s", "@a:*", "-@a:*", ":", "::", "'", "`", ";", "--", "%", "{x:String}",
)  # fmt: skip
_WHOLE_SEARCHES = (
    "service:(web OR api) @http.status_code:[400 TO 499] -env:dev",
    "CIDR(@network.client.ip,13.0.0.0/8,2001:db8::/32) @duration:>1.5s",
    '"disk full" OR (*:timeout AND -@user.id:*) host:web-??-*',
    "@a.b.c:(>=5 AND <10) tags:team\\:core @items.name:ObjectServer",
)
_JUNK: tuple[Any, ...] = (
    None, True, -1, 0, 0.5, 2**63, -(2**70), "", "x", "now", "\0", "é" * 50, [], [[]], {}, {"a": 1}, [1, "x"],
    "9" * 400,
)  # fmt: skip


#: How often each kind of request is made.
_SHARES = {"v1": 8, "v2": 8, "logs": 6, "spans": 2, "events": 2, "aggregate": 1, "v1 logs": 1}


@dataclass
class Tally:
    """Answers by endpoint and status, failures and the slowest with what was sent."""

    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    failures: list[tuple[str, int, str]] = field(default_factory=list)
    slowest: list[tuple[float, str, str]] = field(default_factory=list)

    def note(self, name: str, status: int, seconds: float, sent: str) -> None:
        self.statuses[name, status] += 1
        if status >= 500:
            self.failures.append((name, status, sent))
        heapq.heappush(self.slowest, (seconds, name, sent))
        if len(self.slowest) > 10:
            heapq.heappop(self.slowest)

    def join(self, other: Tally) -> None:
        self.statuses.update(other.statuses)
        self.failures += other.failures
        self.slowest = heapq.nlargest(10, self.slowest + other.slowest)


def odd(rng: random.Random, usual: Callable[[random.Random], str]) -> str:
    """Mostly what ``usual`` makes; sometimes text of any script, deep nesting, or something very long."""
    place = rng.random()
    if place < 0.85:
        return usual(rng)
    if place < 0.93:
        return "".join(chr(_code_point(rng)) for _ in range(rng.randrange(1, 60)))
    depth = rng.choice((5, 49, 50, 51, 120, 500))
    if place < 0.97:
        opening, closing = rng.choice((("(", ")"), ("-(", ")"), ("abs(", ")"), ("NOT (", ")"), ("[", "]")))
        return opening * depth + usual(rng) + closing * depth
    return rng.choice((" ", "", " OR ", "+", "*", "\\", ",")).join([usual(rng)] * depth)


def _code_point(rng: random.Random) -> int:
    code = rng.randrange(rng.choice((0x80, 0x3000, 0x110000)))
    return 0xFFFD if 0xD800 <= code < 0xE000 else code


def made_search(rng: random.Random) -> str:
    """One search: words in a row, or a whole one with a few characters or words changed."""
    if rng.random() < 0.5:
        return "".join(rng.choice(_SEARCH_WORDS) for _ in range(rng.randrange(1, 15)))
    return _changed(rng, rng.choice((*_WHOLE_SEARCHES, *published().searches)), _SEARCH_WORDS)


def made_query(rng: random.Random) -> str:
    """One metrics query: of the language's words, or a published one with a few changes."""
    if rng.random() < 0.6 or not published().queries:
        return made(rng)
    return _changed(rng, rng.choice(published().queries), WORDS)


def _changed(rng: random.Random, text: str, words: Sequence[str]) -> str:
    for _ in range(rng.randrange(4)):
        at, length = rng.randrange(len(text) + 1), rng.randrange(6)
        text = text[:at] + (rng.choice(words) if rng.random() < 0.7 else "") + text[at + length :]
    return text


@dataclass(frozen=True)
class Published:
    """Queries and searches of published dashboards and monitors."""

    queries: tuple[str, ...]
    searches: tuple[str, ...]


@cache
def published() -> Published:
    """Those of the folder that ``HEELER_CORPUS`` names; nothing where there is none."""
    queries: set[str] = set()
    searches: set[str] = set()
    for path in sorted(Path(os.environ.get("HEELER_CORPUS", "../shared/corpus")).glob("*/*.json")):
        _collect(json.loads(path.read_bytes()), queries, searches)
    return Published(tuple(sorted(queries)), tuple(sorted(searches)))


def _collect(node: Any, queries: set[str], searches: set[str]) -> None:
    if isinstance(node, list):
        for item in node:
            _collect(item, queries, searches)
    elif isinstance(node, dict):
        queries |= {node[key] for key in ("q", "query", "formula") if isinstance(node.get(key), str)}
        search = node.get("search")
        if isinstance(search, dict) and isinstance(search.get("query"), str):
            searches.add(search["query"])
        for item in node.values():
            _collect(item, queries, searches)


def _bent(rng: random.Random, document: Any) -> Any:
    """``document`` with something in it replaced by what does not belong there."""
    if rng.random() < 0.15 or not isinstance(document, dict | list) or not document:
        return rng.choice(_JUNK)
    if isinstance(document, list):
        place = rng.randrange(len(document))
        return [_bent(rng, one) if at == place else one for at, one in enumerate(document)]
    key = rng.choice(list(document))
    return {**document, key: _bent(rng, document[key])}


def _window(rng: random.Random) -> dict[str, Any]:
    return {"from": rng.choice(("now-1h", "now-15m", "now-30d", int(time.time() - 600) * 1000)), "to": "now"}


def _facets(rng: random.Random) -> list[dict[str, Any]]:
    names = ("service", "@http.status_code", "env", "@duration", "host", "team", "@tags.x")
    return [{"facet": rng.choice(names), "limit": rng.randrange(1, 20)} for _ in range(rng.randrange(3))]


def _compute(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice(
        ("count", "cardinality", "avg", "sum", "pc99", "latest", "most_frequent", "median", "x")
    )
    found: dict[str, Any] = {
        "aggregation": kind,
        "metric": rng.choice(("@duration", "service", "@a.b", "@none")),
    }
    return found | rng.choice(({}, {"type": "timeseries"}, {"type": "timeseries", "interval": "1m"}))


def _v2(rng: random.Random, text: str) -> dict[str, Any]:
    """A formula request in which ``text`` is the formula, a metrics query or a search."""
    kind = rng.choice(("timeseries", "scalar"))
    source = rng.choice(("logs", "spans", "events", "rum"))
    where = rng.randrange(3)
    search = {"name": "b", "data_source": source, "search": {"query": text if where == 2 else "*"}}
    search |= {"compute": _compute(rng), "group_by": _facets(rng)}
    metric = {"name": "a", "data_source": "metrics", "query": text if where == 1 else "avg:m{*} by {host}"}
    formula = text if where == 0 else rng.choice(("a", "b", "a + b", "a / b * 100", "timeshift(a, -60)"))
    now = int(time.time())
    attributes = {"from": (now - 900) * 1000, "to": now * 1000, "queries": [metric, search]}
    attributes |= {"formulas": [{"formula": formula, "limit": {"count": 5, "order": "desc"}}]}
    return {"data": {"type": f"{kind}_request", "attributes": attributes}}


def request(rng: random.Random) -> tuple[str, str, str, str | None]:
    """Name of the endpoint, method, path and body of one request."""
    name = rng.choices(tuple(_SHARES), tuple(_SHARES.values()))[0]
    if name == "v1":
        now = int(time.time())
        text = odd(rng, made_query)[:3_000]
        return name, "GET", f"/api/v1/query?from={now - 900}&to={now}&query={quote(text)}", None
    if name == "v2":
        body: Any = _v2(rng, odd(rng, made_query if rng.random() < 0.7 else made_search))
        path = f"/api/v2/query/{body['data']['type'].removesuffix('_request')}"
    else:
        search = odd(rng, made_search)
        body = {"filter": {"query": search, **_window(rng)}, "page": {"limit": rng.randrange(1, 50)}}
        path = f"/api/v2/{name}/events/search"
        if name == "events":
            path = "/api/v2/events/search"
        elif name == "aggregate":
            kind = rng.choice(("logs", "spans"))
            path = f"/api/v2/{kind}/analytics/aggregate"
            body |= {"compute": [_compute(rng)], "group_by": _facets(rng)}
            name = f"{kind} aggregate"
        elif name == "v1 logs":
            path, body = "/api/v1/logs-queries/list", {"query": search, "time": _window(rng), "limit": 5}
        if path.startswith("/api/v2/spans"):
            body = {"data": {"type": "search_request", "attributes": body}}
    if rng.random() < 0.1:
        body = _bent(rng, body)
    return name, "POST", path, json.dumps(body)


def _send(port: int, count: int, seed: int, headers: Mapping[str, str]) -> Tally:
    rng, tally = random.Random(seed), Tally()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    for place in range(count):
        if place and place % 1_000 == 0:
            print(f"{place:,} of a connection's {count:,} requests are answered", file=sys.stderr, flush=True)
        name, method, path, body = request(rng)
        began = time.perf_counter()
        connection.request(method, path, body, dict(headers))
        answer = connection.getresponse()
        content = answer.read()
        spent = time.perf_counter() - began
        sent = f"{path} {body or ''}"
        tally.note(name, answer.status, spent, sent)
        if answer.status >= 400:
            _check_error(name, content, sent, tally)
    connection.close()
    return tally


def _check_error(name: str, content: bytes, sent: str, tally: Tally) -> None:
    """Errors are ``{"errors": [...]}`` with something in it; anything else is counted as status 599."""
    try:
        errors = json.loads(content)["errors"]
    except (ValueError, KeyError, TypeError):
        errors = None
    if not errors or not all(errors):
        tally.failures.append((name, 599, f"{sent} answered {content[:200]!r}"))


def fill(port: int) -> None:
    """A few points, logs and events, so that questions have something to find."""
    now = int(time.time())
    series = [
        {
            "metric": name, "type": kind, "tags": [f"env:{host}"],
            "resources": [{"type": "host", "name": host}],
            "points": [{"timestamp": now - 10 * step, "value": step % 7} for step in range(90)],
        }
        for name, kind in (("m", 3), ("a.b", 1), ("system.cpu.user", 3))
        for host in ("a", "b")
    ]  # fmt: skip
    logs = [
        {
            "message": f"disk full {place}", "service": "web" if place % 3 else "api",
            "hostname": f"web-{place % 5}", "ddtags": "env:prod,team:core", "a": {"b": place},
            "duration": place * 10**6, "http": {"status_code": 200 + place % 5 * 100},
            "network": {"client": {"ip": f"13.0.0.{place % 250}"}},
        }
        for place in range(500)
    ]  # fmt: skip
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    sent = [("/api/v2/series", {"series": series}), ("/api/v2/logs", logs)]
    sent += [
        ("/api/v1/events", {"title": f"disk {place}", "text": "full", "tags": ["env:prod"]})
        for place in range(20)
    ]
    for path, body in sent:
        connection.request("POST", path, json.dumps(body), _HEADERS)
        answer = connection.getresponse()
        answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{path} answered {answer.status}")
    connection.close()


def run(
    port: int,
    count: int,
    seed: int,
    *,
    connections: int = CONNECTIONS,
    headers: Mapping[str, str] = _HEADERS,
) -> Tally:
    """Send ``count`` requests over ``connections`` at once."""
    whole = Tally()
    with ThreadPoolExecutor(connections) as pool:
        shares = [count // connections + (place < count % connections) for place in range(connections)]
        for tally in pool.map(
            lambda one: _send(port, one[1], seed * 1000 + one[0], headers), enumerate(shares)
        ):
            whole.join(tally)
    return whole


def report(tally: Tally, seconds: float) -> str:
    """What came of it, for people."""
    total = sum(tally.statuses.values())
    lines = [f"{total:,} requests in {seconds:.0f} s ({total / seconds:.0f} a second)"]
    for name in sorted({name for name, _ in tally.statuses}):
        counts = {status: count for (one, status), count in sorted(tally.statuses.items()) if one == name}
        lines.append(f"  {name:16} " + "  ".join(f"{status}: {count:,}" for status, count in counts.items()))
    lines.append(f"{len(tally.failures)} failures")
    lines += [f"  {status} {name}: {sent[:500]}" for name, status, sent in tally.failures[:20]]
    slow = sum(seconds > SLOW_S for seconds, *_ in tally.slowest)
    lines.append(f"slowest, {slow} of them over {SLOW_S:g} s:")
    lines += [f"  {spent * 1000:6.0f} ms {name}: {sent[:200]}" for spent, name, sent in tally.slowest]
    return "\n".join(lines)


def alone(port: int, tally: Tally) -> str:
    """The slowest again, one at a time: what they take when nothing else is asked."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    spent = []
    for _, _, sent in tally.slowest:
        path, _, body = sent.partition(" ")
        began = time.perf_counter()
        connection.request("POST" if body else "GET", path, body or None, _HEADERS)
        connection.getresponse().read()
        spent.append(time.perf_counter() - began)
    connection.close()
    return f"alone they take {', '.join(f'{one * 1000:.0f}' for one in spent)} ms"


def main(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as folder, heeler(Path(folder)) as server:
        fill(server.port)
        began = time.perf_counter()
        tally = run(server.port, options.count, options.seed)
        print(report(tally, time.perf_counter() - began))
        print(alone(server.port, tally))
    if tally.failures:
        raise SystemExit(1)
