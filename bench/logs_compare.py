"""Logs in Heeler beside VictoriaLogs, on the same records in one run: ``python -m bench.logs_compare``.

Both take flat JSON by HTTP, Heeler by the API of Datadog and VictoriaLogs as lines of JSON, which is its
cheapest.
Ingest is logs for each second of the server's CPU, merging included; queries are CPU of one answer, asked
in turns. VictoriaLogs is found as ``VICTORIA_LOGS`` names it, on the path, or in ``~/go/bin``.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import shutil
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import orjson

from bench import servers
from bench.load import Body
from bench.log_decoding import flat
from bench.send import Result, cpu_seconds, disk_bytes, send
from bench.servers import API_KEY, APP_KEY, Server

PER_BODY = 1000
RUNS = 10
_LINES = "/insert/jsonline?_stream_fields=service,hostname&_msg_field=message&_time_field=timestamp"
#: Ends a facet that is counted in buckets of five minutes.
OVER_TIME = " over time"
#: Name, search of Heeler, LogsQL, whether the newest 100 are wanted or a count by a facet.
QUERIES: tuple[tuple[str, str, str, str], ...] = (
    ("newest 100 of a service", "service:service-3", "service:=service-3", "rows"),
    ("a word, newest 100", "declined", "declined", "rows"),
    ("a phrase, newest 100", '"payment gateway"', '"payment gateway"', "rows"),
    ("equality (@usr.id), newest 100", "@usr.id:u777", "usr.id:=u777", "rows"),
    ("equality, other key (@order.id)", "@order.id:o777", "order.id:=o777", "count"),
    ("range (@http.status_code), count", "@http.status_code:>=500", "http.status_code:>=500", "count"),
    ("substring, count", "message:*way*", "_msg:~way", "count"),
    ("a word, count", "declined", "declined", "count"),
    ("count by @http.status_code", "*", "*", "http.status_code"),
    ("count by @shop.name", "*", "*", "shop.name"),
    ("count by service", "*", "*", "service"),
    ("count by service every 5 minutes", "*", "*", f"service{OVER_TIME}"),
    ("errors of a service every 5 minutes", "service:service-3", "service:=service-3", f"status{OVER_TIME}"),
)


@contextmanager
def victoria_logs(root: Path) -> Iterator[Server | None]:
    """VictoriaLogs, or None where there is none; that is said."""
    built = Path.home() / "go/bin/victoria-logs"
    binary = (
        os.environ.get("VICTORIA_LOGS")
        or shutil.which("victoria-logs")
        or (str(built) if built.exists() else None)
    )
    if binary is None:
        print("VictoriaLogs is left out: it is not on the path, and VICTORIA_LOGS does not name it")
        yield None
        return
    port = servers.free_port()
    command = [
        binary,
        f"-storageDataPath={root}/data",
        f"-httpListenAddr=127.0.0.1:{port}",
        "-retentionPeriod=10y",
        "-http.connTimeout=0",  # it closes connections after two minutes, in the middle of a longer load
    ]
    with servers.running(command, dict(os.environ), root, f"http://127.0.0.1:{port}/health") as pid:
        yield Server("victoria-logs", port, pid, root / "data")


def bodies(logs: int, now_ms: int) -> Iterator[bytes]:
    """Requests of a shop's logs, one after another in the last hour."""
    chance = random.Random(1)
    step = 3_000_000 / max(logs // PER_BODY, 1)
    for number in range(logs // PER_BODY):
        yield flat(PER_BODY, int(now_ms - 3_300_000 + number * step), chance).replace(
            b'"ddsource":"python"', b'"ddsource":"shop"'
        )


def as_lines(body: bytes) -> bytes:
    return b"\n".join(orjson.dumps(item) for item in orjson.loads(body))


def deliver(server: Server, work: list[bytes]) -> Result:
    if server.name == "victoria-logs":
        path, headers = _LINES, {"Content-Type": "application/stream+json"}
        sent = (Body(as_lines(body), PER_BODY) for body in work)
    else:
        path, headers = "/api/v2/logs", {"DD-API-KEY": API_KEY, "Content-Type": "application/json"}
        sent = (Body(body, PER_BODY) for body in work)
    return asyncio.run(send(server.port, path, headers, sent, pid=server.pid, connections=8, settle=10))


def request(
    server: Server, search: str, logsql: str, kind: str, start: int, end: int
) -> urllib.request.Request:
    """One query, times in UNIX seconds."""
    address = f"http://127.0.0.1:{server.port}"
    if server.name == "victoria-logs":
        tail = {"rows": " | sort by (_time) desc limit 100", "count": " | stats count() n"}
        by = f"_time:5m, {kind.removesuffix(OVER_TIME)}" if kind.endswith(OVER_TIME) else kind
        text = logsql + tail.get(kind, f" | stats by ({by}) count() n")
        asked = urllib.parse.urlencode({"query": text, "start": start, "end": end})
        return urllib.request.Request(f"{address}/select/logsql/query?{asked}")
    window = {"query": search, "from": str(start * 1000), "to": str(end * 1000)}
    if kind == "rows":
        path, asked_for = "search", {"filter": window, "page": {"limit": 100}, "sort": "-timestamp"}
    else:
        facet = kind.removesuffix(OVER_TIME)
        named = facet if facet in ("service", "status") else f"@{facet}"
        compute = {"aggregation": "count", "type": "total"}
        if kind != facet:
            compute |= {"type": "timeseries", "interval": "5m"}
        groups = [] if kind == "count" else [{"facet": named, "limit": 1000}]
        path, asked_for = "aggregate", {"filter": window, "compute": [compute], "group_by": groups}
    route = "/api/v2/logs/events/search" if path == "search" else "/api/v2/logs/analytics/aggregate"
    headers = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY, "Content-Type": "application/json"}
    return urllib.request.Request(f"{address}{route}", orjson.dumps(asked_for), headers)


def found(server: Server, kind: str, answer: bytes) -> int:
    """How many rows or groups an answer has, or the count that it gives: equal for equal answers."""
    if server.name == "victoria-logs":
        lines = [orjson.loads(line) for line in answer.splitlines()]
        return int(lines[0]["n"]) if kind == "count" else len(lines)
    document = orjson.loads(answer)
    if kind == "rows":
        return len(document["data"])
    buckets = document["data"]["buckets"]
    if kind.endswith(OVER_TIME):
        return sum(len(bucket["computes"]["c0"]) for bucket in buckets)
    return int(buckets[0]["computes"]["c0"]) if kind == "count" else len(buckets)


def ask(
    everyone: list[Server], query: tuple[str, str, str, str], start: int, end: int
) -> list[tuple[float, float, int]]:
    """CPU milliseconds, milliseconds and what was found, for each server; in turns, the first turn not
    counted."""
    cpu, wall, counts = [0.0] * len(everyone), [0.0] * len(everyone), [0] * len(everyone)
    for turn in range(RUNS + 1):
        for place, server in enumerate(everyone):
            asked = request(server, *query[1:], start, end)
            before, began = cpu_seconds(server.pid), time.perf_counter()
            with urllib.request.urlopen(asked, timeout=120) as answer:
                counts[place] = found(server, query[3], answer.read())
            if turn:
                wall[place] += (time.perf_counter() - began) / RUNS * 1000
                time.sleep(0.02)  # threads of the server that are not done yet
                cpu[place] += (cpu_seconds(server.pid) - before) / RUNS * 1000
    return list(zip(cpu, wall, counts, strict=True))


def run(logs: int, *, plain: bool) -> None:
    """Print one table of ingest and one of queries. ``plain``: Heeler without its compiled decoder, too."""
    now = int(time.time())
    work = list(bodies(logs, now * 1000))
    size = sum(map(len, work)) / logs
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        root = Path(folder)
        everyone = [stack.enter_context(servers.heeler(root / "heeler"))]
        peer = stack.enter_context(victoria_logs(root / "peer"))
        if peer is not None:
            everyone.append(peer)
        print(f"{logs} logs of {size:.0f} bytes of JSON\n")
        print("| server | logs/CPU-s | CPU s/100,000 | logs/s | RSS MB | bytes a log |")
        print("|---|---:|---:|---:|---:|---:|", flush=True)
        if plain:
            with servers.heeler(
                root / "plain", "from heeler.wire.logs import fast_path; fast_path.prepare = lambda: None"
            ) as slow:
                _ingest_line("heeler, plain decoder", slow, work[: max(len(work) // 4, 1)])
        for server in everyone:
            _ingest_line(server.name, server, work)
        names = [server.name for server in everyone]
        print(
            "\n| query | "
            + " | ".join(f"{name} {what}" for what in ("CPU ms", "ms", "found") for name in names)
            + " | ratio |"
        )
        print("|---" + "|---:" * (3 * len(names) + 1) + "|", flush=True)
        for query in QUERIES:
            spent = ask(everyone, query, now - 3600, now + 60)
            cells = (
                [f"{one[0]:.0f}" for one in spent]
                + [f"{one[1]:.0f}" for one in spent]
                + [str(one[2]) for one in spent]
            )
            ratio = f"{spent[0][0] / spent[1][0]:.1f}" if len(spent) > 1 and spent[1][0] else ""
            print(f"| {query[0]} | {' | '.join(cells)} | {ratio} |", flush=True)


def _ingest_line(name: str, server: Server, work: list[bytes]) -> None:
    result = deliver(server, work)
    bad = {code: count for code, count in result.codes.items() if code >= 300}
    cost = result.cpu / max(result.samples, 1) * 1e5
    bytes_each = disk_bytes(server.data) / max(result.samples, 1)
    label = f"{name}{f', answers {bad}' if bad else ''}"
    cells = (result.per_core, result.samples / result.wall, result.rss, bytes_each)
    cpu, wall, rss, size = (f"{cell:,.0f}" for cell in cells)
    print(f"| {label} | {cpu} | {cost:.2f} | {wall} | {rss} | {size} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--logs", type=int, default=300_000)
    parser.add_argument("--plain", action="store_true", help="also without the compiled decoder")
    chosen = parser.parse_args()
    run(chosen.logs, plain=chosen.plain)
