"""Retention filters: the first that matches decides, by trace; what no filter matches is indexed."""

from __future__ import annotations

import itertools
import time

import pytest

from heeler.apm.retention_filters import TYPE, checked, compile_filter, is_sampled
from heeler.apm.search import SPANS
from heeler.apm.span_config import SpanRules, apply_rules
from heeler.apm.span_metrics import RuleError
from heeler.apm.store import find_trace, search_spans
from heeler.query.search.request import PageRequest
from heeler.store.engine import Engine
from heeler.store.span_rows import span_tables
from heeler.wire.traces.spans import AgentTraces, Chunk, Span, TracerPayload

_names = itertools.count()


def rule(
    query: str, rate: float, trace_rate: float | None = None, *, enabled: bool = True
) -> dict[str, object]:
    given = {"name": "f", "enabled": enabled, "filter": {"query": query}, "filter_type": TYPE, "rate": rate}
    return checked(given | ({} if trace_rate is None else {"trace_rate": trace_rate}))


def rules(*filters: dict[str, object]) -> SpanRules:
    return SpanRules([compile_filter(str(next(_names)), one) for one in filters])


def traces(count: int) -> AgentTraces:
    """Chunks of an entry of ``web`` and a call of ``db``."""
    chunks = [
        Chunk(
            [
                Span(service="web", name="op", trace_id=at, span_id=1, duration=at),
                Span(service="db", name="op", trace_id=at, span_id=2, parent_id=1),
            ]
        )
        for at in range(1, count + 1)
    ]
    return AgentTraces(payloads=[TracerPayload(chunks)])


def kept(given: AgentTraces) -> int:
    return sum(len(chunk.spans) for payload in given.payloads for chunk in payload.chunks)


def test_without_filters_all_is_stored_and_indexed() -> None:
    given = traces(10)
    outcome = apply_rules(SpanRules(), given)
    assert (kept(given), outcome.indexed, outcome.dropped) == (20, None, {})


def test_a_span_that_no_filter_matches_is_indexed() -> None:
    given = traces(10)
    assert apply_rules(rules(rule("service:other", 0)), given).indexed == [True] * 20


def test_the_first_filter_that_matches_decides() -> None:
    given = traces(10)
    outcome = apply_rules(rules(rule("service:web", 1), rule("*", 0)), given)
    assert outcome.indexed == [True, False] * 10
    assert kept(given) == 20
    given = traces(10)
    outcome = apply_rules(rules(rule("*", 0), rule("service:web", 1)), given)
    assert (kept(given), outcome.indexed, outcome.dropped) == (0, [], {"web": 10, "db": 10})


def test_a_rate_retains_its_share_of_traces_alike_for_all_their_spans() -> None:
    given = traces(20_000)
    outcome = apply_rules(rules(rule("*", 0.1)), given)
    assert 1800 < len(outcome.indexed or []) / 2 < 2200
    assert outcome.indexed == [True] * kept(given)
    assert set(outcome.dropped) == {"web", "db"}


def test_the_trace_rate_indexes_whole_traces() -> None:
    outcome = apply_rules(rules(rule("service:web", 1, 0.5), rule("*", 0)), traces(10_000))
    whole = sum(outcome.indexed or []) - 10_000
    assert 4700 < whole < 5300
    assert all(is_sampled(at, 0.5) for at in range(1, 20_000) if is_sampled(at, 0.2))


async def test_what_is_not_indexed_is_in_its_trace_but_in_no_search(engine: Engine) -> None:
    now = time.time()
    spans = [
        Span(service="kept-web", name="op", trace_id=77_001, span_id=1, start=int(now * 1e9), duration=5),
        Span(service="kept-db", name="op", trace_id=77_001, span_id=2, parent_id=1, start=int(now * 1e9)),
    ]
    given = AgentTraces(payloads=[TracerPayload([Chunk(spans)])])
    outcome = apply_rules(rules(rule("service:kept-web", 1), rule("*", 0)), given)
    await engine.insert("apm_spans", span_tables(given, outcome.indexed)["apm_spans"])
    page = await search_spans(engine, PageRequest("service:kept-*", now - 60, now + 60, 10, None, True))
    assert [span.service for span in page.spans] == ["kept-web"]
    assert len(await find_trace(engine, "77001")) == 2
    assert SPANS.searchable


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"filter_type": "other"}, f"Field 'filter_type' is invalid, expected value is '{TYPE}'"),
        ({"rate": 2}, "'rate' must exist and be between 0 and 1"),
        ({"rate": True}, "'rate' must exist and be between 0 and 1"),
        ({"trace_rate": -1}, "'trace_rate' must exist"),
        ({"enabled": None}, "enabled"),
        ({"filter": {"query": "service:("}}, "filter.query"),
        ({"name": ""}, "name"),
    ],
)
def test_a_bad_filter_is_refused(change: dict[str, object], words: str) -> None:
    good = {"name": "f", "enabled": True, "filter": {"query": "*"}, "filter_type": TYPE, "rate": 1}
    with pytest.raises(RuleError) as refused:
        checked(good | change)
    assert any(words in str(one) for one in refused.value.args)
