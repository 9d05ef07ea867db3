"""The same questions to Heeler, VictoriaMetrics and Prometheus by HTTP, turn by turn: milliseconds and CPU.

``python -m bench.compare [--scale S]``. Each is asked in five ways: *backfilled* (right after the samples
came) and *anew* (once Heeler's rollups are made), both without caches of answers; *first*: without the rows
that Heeler keeps in memory, too; *from the store*: nor its segment files; and *again*: with the caches that
each has by default.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench import servers, table
from bench.feed import DAY, HOUR, fill, metrics
from bench.queries import QUESTIONS, Question
from bench.send import cpu_seconds
from bench.servers import API_KEY, APP_KEY, Server
from bench.table import Row

RUNS = 10
#: Longest wait for the rollups, seconds.
ROLLED = 900


class Spent(NamedTuple):
    """Of one question: median milliseconds, mean milliseconds of the server's CPU, bytes of the answer."""

    wall: float
    cpu: float
    size: int


class Way(NamedTuple):
    """A way of asking: its name, and what it says of caches to Heeler and to the others."""

    name: str
    own: str = ""
    theirs: str = ""


BACKFILLED, ANEW = Way("backfilled", "true", "1"), Way("anew", "true", "1")
FIRST, STORE, AGAIN = Way("first", "rows", "1"), Way("from the store", "all", "1"), Way("again")

#: Everybody who is asked, and where each metric of theirs is.
Asked = dict[str, dict[str, Server]]


def request(server: Server, question: Question, end: int, way: Way) -> urllib.request.Request:
    start = end - question.seconds
    caching = way.own if server.name == "heeler" else way.theirs
    fresh = {"nocache": caching} if caching else {}
    if server.name == "heeler":
        query = urllib.parse.urlencode({"from": start, "to": end, "query": question.text, **fresh})
        headers = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY}
        return urllib.request.Request(f"http://127.0.0.1:{server.port}/api/v1/query?{query}", headers=headers)
    arguments = {"start": start, "end": end, "step": question.step, "query": question.promql, **fresh}
    query = urllib.parse.urlencode(arguments)
    return urllib.request.Request(f"http://127.0.0.1:{server.port}/api/v1/query_range?{query}")


def read(asked: urllib.request.Request) -> bytes:
    with urllib.request.urlopen(asked, timeout=120) as answer:
        body: bytes = answer.read()
    return body


def ask(everyone: list[Server], question: Question, end: int, way: Way) -> list[Spent]:
    """Ask each server in turn, :data:`RUNS` times after one that is not counted."""
    walls: list[list[float]] = [[] for _ in everyone]
    cpus, sizes = [0.0] * len(everyone), [0] * len(everyone)
    asked = [request(server, question, end, way) for server in everyone]
    for turn in range(RUNS + 1):
        for place, server in enumerate(everyone):
            cpu, began = cpu_seconds(server.pid), time.perf_counter()
            sizes[place] = len(read(asked[place]))
            if turn:
                walls[place].append((time.perf_counter() - began) * 1000)
                cpus[place] += (cpu_seconds(server.pid) - cpu) * 1000 / RUNS
    return [
        Spent(statistics.median(wall), cpu, size) for wall, cpu, size in zip(walls, cpus, sizes, strict=True)
    ]


def wait_for_rollups(server: Server, end: int) -> float:
    """Seconds until the last questions are answered from the rollups."""
    began = time.monotonic()
    question = next(item for item in QUESTIONS if item.seconds > DAY)
    while time.monotonic() - began < ROLLED:
        asked = request(server, question, end, STORE)
        asked.full_url += "&explain=true"
        reads = json.loads(read(asked))["explain"]["reads"]
        # One series at 60 s: what is left are the last hour and the first bucket.
        if sum(item["rows"] for item in reads if item["table"] == "points") < 300:
            break
        time.sleep(5)
    else:
        print(f"Heeler's rollups were not complete after {ROLLED} s")
    return time.monotonic() - began


def wait_for_files(server: Server, end: int) -> float:
    """Seconds until the questions over a day are answered from segment files."""
    began = time.monotonic()
    question = next(item for item in QUESTIONS if item.seconds == DAY and "rollup(avg, 60)" in item.text)
    while time.monotonic() - began < ROLLED:
        asked = request(server, question, end, FIRST)
        asked.full_url += "&explain=true"
        if not sum(item["rows"] for item in json.loads(read(asked))["explain"]["reads"]):
            break
        time.sleep(5)
    else:
        print(f"Heeler's segment files were not complete after {ROLLED} s")
    return time.monotonic() - began


@contextlib.contextmanager
def started(folder: Path) -> Iterator[Asked]:
    """Heeler first, then the peers that there are. Prometheus takes no samples older than its newest, so it
    runs once for each metric."""
    with contextlib.ExitStack() as stack:
        own = stack.enter_context(servers.heeler(folder / "heeler"))
        everyone = {"heeler": dict.fromkeys(metrics(), own)}
        peer = stack.enter_context(servers.victoria_metrics(folder / "peer"))
        if peer is not None:
            everyone[peer.name] = dict.fromkeys(metrics(), peer)
        for metric in metrics():
            one = stack.enter_context(servers.prometheus(folder / metric))
            if one is not None:
                everyone.setdefault(one.name, {})[metric] = one
        yield everyone


def _fill(everyone: Asked, scale: float, last: int) -> None:
    """Heeler at the end: a minute later it begins with its rollups."""
    for name in reversed(everyone):
        for metric, server in everyone[name].items():
            for filled in fill(server, scale, last, metric):
                bad = {code: count for code, count in filled.codes.items() if code >= 300}
                note = f"{metric}{f', answers {bad}' if bad else ''}"
                table.put(Row("backfill", name, filled.samples, filled.per_core, note=note))


def run(scale: float = 1.0) -> None:
    last = int(time.time()) // HOUR * HOUR
    # Not at a full hour, like a dashboard; at a multiple of the steps, so that both have the same buckets.
    end = last - 1200
    with tempfile.TemporaryDirectory() as folder, started(Path(folder)) as everyone:
        _fill(everyone, scale, last)
        names = list(everyone)
        headings = [f"{name} {what}" for what in ("ms", "CPU ms") for name in names]
        print("\n" + _line("question", "when", *headings, "Heeler's share of the best other's CPU"))
        print("|---|---|" + "---:|" * (len(headings) + 1), flush=True)
        _print_all(BACKFILLED, everyone, end)
        waited = wait_for_rollups(everyone["heeler"]["bench.month"], end)
        waited_on = wait_for_files(everyone["heeler"]["bench.day"], end)
        for way in (STORE, FIRST, ANEW, AGAIN):
            _print_all(way, everyone, end)
        print(f"\nThe rollups were complete {waited:.0f} s after the first questions,")
        print(f"the segment files {waited_on:.0f} s later.")


def _print_all(way: Way, everyone: Asked, end: int) -> None:
    for question in QUESTIONS:
        able = [name for name in everyone if name != "prometheus" or question.standard]
        spent = dict(
            zip(
                able, ask([everyone[name][question.metric] for name in able], question, end, way), strict=True
            )
        )
        walls = [f"{spent[name].wall:.1f}" if name in spent else "-" for name in everyone]
        cpus = [f"{spent[name].cpu:.1f}" if name in spent else "-" for name in everyone]
        best = min((spent[name].cpu for name in able if name != "heeler"), default=0.0)
        print(_line(question.name, way.name, *walls, *cpus, _ratio(spent["heeler"].cpu, best)), flush=True)


def _ratio(own: float, peer: float) -> str:
    """CPU is counted in hundredths of a second: below 1 ms there is no ratio."""
    return f"{own / peer:.2f}" if peer >= 1 else "-"


def _line(*cells: str) -> str:
    padded = [cell.ljust(37 if place == 0 else 14) for place, cell in enumerate(cells)]
    return "| " + " | ".join(padded) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    run(parser.parse_args().scale)


if __name__ == "__main__":
    main()
