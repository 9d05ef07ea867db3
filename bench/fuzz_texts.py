"""Random texts of queries: words of the language in a row, and whole queries with changes."""

from __future__ import annotations

import random

from heeler.query.metrics.functions import FUNCTIONS

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


def made(rng: random.Random) -> str:
    """One string: words in a row, or a whole query with a few characters or words changed."""
    if rng.random() < 0.4:
        return "".join(rng.choice(WORDS) for _ in range(rng.randrange(1, 25)))
    text = rng.choice(WHOLE)
    for _ in range(rng.randrange(4)):
        at, length = rng.randrange(len(text) + 1), rng.randrange(6)
        text = text[:at] + (rng.choice(WORDS) if rng.random() < 0.6 else "") + text[at + length :]
    return text
