"""Throws made-up query strings at the language: each is answered or refused with a position, and quickly.

    python -m bench.fuzz [--http] [--count 1000000] [--seed 1]

Strings are cut and joined from words of the language and from whole queries. What parses is also printed,
read back and evaluated over synthetic groups. Anything but ``QueryError`` ends the run with the string.
``--http`` sends them, and searches, to the endpoints of a server that it starts (see ``bench.fuzz_http``).
"""

from __future__ import annotations

import argparse
import random
import time
import warnings
from dataclasses import dataclass

import numpy as np

from bench.fuzz_texts import made
from heeler.query.frame import Frame, Group
from heeler.query.metrics.ast import Node
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.evaluate import evaluate
from heeler.query.metrics.parser import parse
from heeler.query.metrics.plan import Read
from heeler.query.metrics.planner import plan
from heeler.query.metrics.printer import print_query
from heeler.query.metrics.window import Buckets, Window

NOW = 1_700_000_000
WINDOW = Window(NOW - 1200, NOW, 60)


@dataclass
class Outcome:
    parsed: int = 0
    answered: int = 0
    slowest: float = 0.0
    slowest_text: str = ""


def _select(read: Read) -> Frame:
    """Two groups (one without group-by) with gaps, at the buckets that the query asks for."""
    times = Buckets.of(read.window).starts
    names = ("a", "b")[: 2 if read.selector.by else 1]
    groups = tuple(Group(tuple(f"{key}:{name}" for key in read.selector.by), name) for name in names)
    values = np.where(times % 7 == 0, np.nan, np.sin(times / 600.0) + 2.0) * np.ones((len(groups), 1))
    return Frame(times, groups, values, read.window.interval, zero_missing=True)


def try_one(text: str, outcome: Outcome) -> None:
    """Parse, print, read back, evaluate. Raises what must never be raised."""
    began = time.perf_counter()
    try:
        nodes = parse(text)
        outcome.parsed += 1
        if parse(print_query(nodes)) != nodes:
            raise AssertionError(f"prints to another tree: {text!r}")
        for node in nodes:
            _evaluate(node)
        outcome.answered += 1
    except QueryError as error:
        if not -1 <= error.position <= len(text) or not error.message:
            raise AssertionError(f"no place or no reason: {text!r}") from error
    spent = time.perf_counter() - began
    if spent > outcome.slowest:
        outcome.slowest, outcome.slowest_text = spent, text


def _evaluate(node: Node) -> None:
    planned = plan((node,), WINDOW)
    if sum(_buckets(read) for read in planned.reads) > 20_000:
        return  # years of history for a forecast: the words were tried, the work is not the point here
    (result,) = evaluate(planned, {read: _select(read) for read in planned.reads})
    if result.values.shape != (len(result.groups), len(result.times)):
        raise AssertionError("groups and times do not fit the values")


def _buckets(read: Read) -> int:
    return (read.window.end - read.window.start) // read.window.interval


def run(count: int, seed: int) -> Outcome:
    """Try ``count`` strings. Raises ``AssertionError`` or what a string raised, with the string as a note."""
    rng, outcome = random.Random(seed), Outcome()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(count):
            text = made(rng)
            try:
                try_one(text, outcome)
            except Exception as error:
                error.add_note(f"by the query {text!r}")
                raise
    return outcome


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=0, help="by default 1,000,000")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--http", action="store_true", help="send them to a server, by default 100,000")
    options = parser.parse_args()
    if options.http:
        from bench import fuzz_http

        options.count = options.count or 100_000
        fuzz_http.main(options)
        return
    options.count = options.count or 1_000_000
    began = time.perf_counter()
    outcome = run(options.count, options.seed)
    print(
        f"{options.count:,} strings in {time.perf_counter() - began:.0f} s: {outcome.parsed:,} parsed, "
        f"{outcome.answered:,} answered, the rest refused with a place; "
        f"slowest {outcome.slowest * 1000:.0f} ms: {outcome.slowest_text[:100]!r}"
    )


if __name__ == "__main__":
    main()
