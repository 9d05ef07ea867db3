"""Every query and formula of the corpus of real dashboards runs over synthetic data."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest

from heeler.query.frame import Frame, Group
from heeler.query.metrics.ast import Name, Node, walk
from heeler.query.metrics.errors import QueryError
from heeler.query.metrics.parser import parse
from heeler.query.metrics.plan import Read
from heeler.query.metrics.planner import plan
from heeler.query.metrics.window import Buckets, Window
from tests.unit.query.planned import evaluated
from tests.unit.query.test_parser import CORPUS, _corpus_texts

NOW = 1_700_000_000
WINDOW = Window(NOW - 3600, NOW, 60)


def _select(read: Read) -> Frame:
    """Two groups of every combination of the query's tags, with gaps."""
    times = Buckets.of(read.window).starts
    keys = read.selector.by
    groups = tuple(
        Group(tuple(f"{key}:{name}" for key in keys), name) for name in ("a", "b")[: 2 if keys else 1]
    )
    values = np.where(times % 7 == 0, np.nan, np.sin(times / 600.0) + 2.0) * np.ones((len(groups), 1))
    return Frame(times, groups, values, read.window.interval, zero_missing=True)


def _run(node: Node) -> None:
    frame = _select(plan(parse("avg:m{*} by {host}"), WINDOW).reads[0])
    names = dict.fromkeys((item.name for item in walk(node) if isinstance(item, Name)), frame)
    result = evaluated(node, WINDOW, _select, names)
    assert result.values.shape == (len(result.groups), len(result.times))


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus of real dashboards is not beside this checkout")
def test_real_queries_run() -> None:
    files = sorted((CORPUS / "dashboards").glob("*.json"))
    texts = {text for file in files for text in _corpus_texts(json.loads(file.read_text()))}
    assert len(texts) > 2000
    refused = []
    for text in sorted(texts):
        for node in parse(re.sub(r"\$[\w.]+", "*", text)):
            try:
                _run(node)
            except QueryError as error:
                refused.append(f"{text}: {error.described}")
    assert not refused, "\n".join(refused)
