"""The same questions to Heeler and VictoriaMetrics by HTTP, turn by turn: milliseconds and CPU, as ratios.

``python -m bench.compare [--scale S]``. Each is asked at three times: *backfilled* (right after the samples
came) and *rolled up* (once Heeler's rollups are made), both without caches of results; and *again*: rolled
up and with the caches that each has by default.
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
from bench.feed import DAY, HOUR, fill
from bench.questions import QUESTIONS, Question
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


def request(server: Server, question: Question, end: int, *, cached: bool) -> urllib.request.Request:
    start = end - question.seconds
    fresh = {} if cached else {"nocache": "1"}
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


def ask(everyone: list[Server], question: Question, end: int, *, cached: bool) -> list[Spent]:
    """Ask each server in turn, :data:`RUNS` times after one that is not counted."""
    walls: list[list[float]] = [[] for _ in everyone]
    cpus, sizes = [0.0] * len(everyone), [0] * len(everyone)
    asked = [request(server, question, end, cached=cached) for server in everyone]
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
        asked = request(server, question, end, cached=False)
        asked.full_url += "&explain=true"
        reads = json.loads(read(asked))["explain"]["reads"]
        # One series at 60 s: what is left are the last hour and the first bucket.
        if sum(item["rows"] for item in reads if item["table"] == "points") < 300:
            break
        time.sleep(5)
    else:
        print(f"Heeler's rollups were not complete after {ROLLED} s")
    return time.monotonic() - began


@contextlib.contextmanager
def started(folder: Path) -> Iterator[list[Server]]:
    """Heeler first, then VictoriaMetrics where there is one."""
    with servers.heeler(folder / "heeler") as own, servers.victoria_metrics(folder / "peer") as peer:
        yield [own] if peer is None else [own, peer]


def run(scale: float = 1.0) -> None:
    last = int(time.time()) // HOUR * HOUR
    # Not at a full hour, like a dashboard; at a multiple of the steps, so that both have the same buckets.
    end = last - 1200
    with tempfile.TemporaryDirectory() as folder, started(Path(folder)) as everyone:
        for server in reversed(everyone):  # Heeler at the end: a minute later it begins with its rollups
            for filled in fill(server, scale, last):
                bad = {code: count for code, count in filled.codes.items() if code >= 300}
                note = f"answers {bad}" if bad else ""
                table.put(Row("backfill", server.name, filled.samples, filled.per_core, note=note))
        print(f"\n{_line('question', 'when', 'ms', 'VM ms', 'ratio', 'CPU ms', 'VM CPU', 'ratio')}")
        print("|---|---|" + "---:|" * 6, flush=True)
        _print_all("backfilled", everyone, end, cached=False)
        waited = wait_for_rollups(everyone[0], end)
        _print_all("rolled up", everyone, end, cached=False)
        _print_all("again", everyone, end, cached=True)
        print(f"\nThe rollups were complete {waited:.0f} s after the first questions.")


def _print_all(when: str, everyone: list[Server], end: int, *, cached: bool) -> None:
    for question in QUESTIONS:
        own, *peers = ask(everyone, question, end, cached=cached)
        peer = peers[0] if peers else Spent(float("nan"), float("nan"), 0)
        print(
            _line(
                question.name, when, f"{own.wall:.1f}", f"{peer.wall:.1f}", f"{own.wall / peer.wall:.2f}",
                f"{own.cpu:.1f}", f"{peer.cpu:.1f}", _ratio(own.cpu, peer.cpu),
            ),
            flush=True,
        )  # fmt: skip


def _ratio(own: float, peer: float) -> str:
    """CPU is counted in hundredths of a second: below 1 ms there is no ratio."""
    return f"{own / peer:.2f}" if peer >= 1 else "-"


def _line(*cells: str) -> str:
    widths = (37, 10, 7, 7, 5, 7, 7, 5)
    return "| " + " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0)
    run(parser.parse_args().scale)


if __name__ == "__main__":
    main()
