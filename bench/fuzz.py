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

from heeler.query.frame import Frame, Group
from heeler.query.metrics.ast import Node
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.evaluate import Evaluator, Request, requirements
from heeler.query.metrics.functions import FUNCTIONS
from heeler.query.metrics.parser import parse
from heeler.query.metrics.printer import print_query
from heeler.query.metrics.window import Buckets, Window

NOW = 1_700_000_000
WINDOW = Window(NOW - 1200, NOW, 60)
WORDS = (
    *(
        "avg:",
        "sum:",
        "p99:",
        "count(v: v>=2):",
        "histogram:",
        "m",
        "a.b",
        "{*}",
        "{",
        "}",
        "(",
        ")",
        ",",
        " ",
    ),
    *(
        "host:a",
        "!env:b",
        " AND ",
        " OR ",
        " IN (a,b)",
        " NOT IN (c)",
        " by {host}",
        " by {a,b}",
        "$var",
        "*",
    ),
    *(".as_count()", ".as_rate()", ".rollup(sum, 60)", ".rollup(avg, daily, 'Europe/Paris')", ".rollup(1)"),
    *(
        ".fill(last, 60)",
        ".fill(0)",
        ".weighted()",
        " + ",
        " - ",
        " * ",
        " / ",
        "-",
        "1e309",
        "0",
        "9" * 30,
        ".",
    ),
    *("'basic'", "'agile'", "2", "direction='both'", '"', "'", "\\", "\0", "é", "🐕", "%", ";", "--", "\n"),
    *(f"{name}(" for name in sorted(FUNCTIONS)),
)
WHOLE = tuple(item.example for item in FUNCTIONS.values())


@dataclass
class Outcome:
    parsed: int = 0
    answered: int = 0
    slowest: float = 0.0
    slowest_text: str = ""


def made(rng: random.Random) -> str:
    """One string: words in a row, or a whole query with a few characters or words changed."""
    if rng.random() < 0.4:
        return "".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 25)))
    text = rng.choice(WHOLE)
    for _ in range(rng.randrange(4)):
        at, length = rng.randrange(len(text) + 1), rng.randrange(6)
        text = text[:at] + (rng.choice(WORDS) if rng.random() < 0.6 else "") + text[at + length :]
    return text


def _select(request: Request) -> Frame:
    """Two groups (one without group-by) with gaps, at the buckets that the query asks for."""
    times = Buckets.of(request.window).starts
    names = ("a", "b")[: 2 if request.selector.by else 1]
    groups = tuple(Group(tuple(f"{key}:{name}" for key in request.selector.by), name) for name in names)
    values = np.where(times % 7 == 0, np.nan, np.sin(times / 600.0) + 2.0) * np.ones((len(groups), 1))
    return Frame(times, groups, values, request.window.interval, zero_missing=True)


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
    if sum(_buckets(item) for item in requirements(node, WINDOW)) > 20_000:
        return  # years of history for a forecast: the words were tried, the work is not the point here
    result = Evaluator(_select).evaluate(node, WINDOW)
    if isinstance(result, Frame) and result.values.shape != (len(result.groups), len(result.times)):
        raise AssertionError("groups and times do not fit the values")


def _buckets(request: Request) -> int:
    return (request.window.end - request.window.start) // request.window.interval


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
