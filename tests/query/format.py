"""The format of ``*.test`` files, which specify the query language by data.

::

    # a comment
    load METRIC [type=count] [interval=10] [every=60] [from=0] [unit=byte]
      host:a env:prod | 1 2 _ 4          one series: its tags, then its values, `_` for none
      room:x          | 1,2,3 4          (distributions: samples of one time joined by commas)
    host web-1 | env:prod role:web       tags of a host

    eval QUERY @ START..END [interval=60] [bars]
      * | 1 2 _                          the groups in order: scope, then values from the first bucket
      times | 0 60 120                   (optional) the buckets' beginnings
      interval | 60                      (optional) seconds of a bucket; alone, it is all that is looked at
      lower SCOPE | 1 2 _                (optional, after each group) the band of anomalies and forecasts,
      upper SCOPE | 3 4 _
      outlier SCOPE | 9 9 9              a group that ``outliers`` marks
      note | part of it                  (optional) what the answer notes
    fail QUERY @ START..END | part of the message

Numbers are compared to nine digits; ``~2`` is within one percent. Indented lines belong to the line above.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from tests.unit.query.store import Series

_EVALUATE = re.compile(r"(eval|fail) (.*) @ (-?\d+)\.\.(\d+)(.*)\Z")


class Rough(float):
    """A number that is right to one percent: percentiles of sketches."""


@dataclass
class Load:
    metric: str
    series: list[Series] = field(default_factory=list)


@dataclass
class Evaluation:
    line: int
    query: str
    start: int
    end: int
    interval: int | None
    bars: bool
    rows: list[tuple[str, list[float | None]]] = field(default_factory=list)
    failure: str | None = None
    notes: list[str] = field(default_factory=list)


@dataclass
class Script:
    loads: list[Load] = field(default_factory=list)
    hosts: dict[str, list[str]] = field(default_factory=dict)
    evaluations: list[Evaluation] = field(default_factory=list)


def read(path: Path) -> Script:
    """The script in ``path``; raises ``ValueError`` with the line that is wrong."""
    script = Script()
    options: dict[str, str] = {}
    for number, raw in enumerate(path.read_text().splitlines(), 1):
        line = raw.split(" # ")[0].rstrip() if not raw.startswith("#") else ""
        if not line:
            continue
        if line.startswith(" "):
            _indented(script, line.strip(), options)
        elif line.startswith("load "):
            _, metric, *words = line.split()
            options = dict(word.split("=") for word in words)
            script.loads.append(Load(metric))
        elif line.startswith("host "):
            name, _, tags = line[5:].partition("|")
            script.hosts[name.strip()] = tags.split()
        elif found := _EVALUATE.match(line):
            options = {}
            script.evaluations.append(_evaluation(number, found))
        else:
            raise ValueError(f"{path.name}:{number}: cannot be read: {line}")
    return script


def _evaluation(number: int, found: re.Match[str]) -> Evaluation:
    kind, query, start, end, rest = found.groups()
    interval = re.search(r"interval=(\d+)", rest)
    failure = rest.partition("|")[2].strip() if kind == "fail" else None
    return Evaluation(
        number,
        query,
        int(start),
        int(end),
        int(interval[1]) if interval else None,
        "bars" in rest,
        [],
        failure,
    )


def _number(word: str) -> float | None:
    if word == "_":
        return None
    return Rough(word[1:]) if word.startswith("~") else float(word)


def _indented(script: Script, line: str, options: dict[str, str]) -> None:
    head, _, numbers = line.partition("|")
    if script.evaluations and head.strip() == "note":
        script.evaluations[-1].notes.append(numbers.strip())
        return
    if script.evaluations:
        values = [_number(word) for word in numbers.split()]
        script.evaluations[-1].rows.append((head.strip(), values))
        return
    tags = [tag for tag in head.split() if tag != "*"]
    host = next((tag[5:] for tag in tags if tag.startswith("host:")), "")
    begun, every = int(options.get("from", "0")), int(options.get("every", "60"))
    words = [(begun + place * every, word) for place, word in enumerate(numbers.split()) if word != "_"]
    kind = options.get("type", "gauge")
    series = Series(
        [tag for tag in tags if not tag.startswith("host:")],
        host=host,
        type=kind,
        interval=int(options.get("interval", "0")),
        unit=options.get("unit", ""),
    )
    if kind == "distribution":
        series.samples = [(at, [float(part) for part in word.split(",")]) for at, word in words]
    else:
        series.points = [(at, float(word)) for at, word in words]
    script.loads[-1].series.append(series)
