from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.traces import concentrator as concentrator_module
from heeler.wire.traces import duration_sketch
from heeler.wire.traces.client_stats import StatsBucket, StatsGroup, StatsOfTracer
from heeler.wire.traces.concentrator import BUCKET_NS, MAX_GROUPS, OVERFLOW, Concentrator
from heeler.wire.traces.peer_tags import PEER_TAGS
from heeler.wire.traces.spans import Chunk, Span, TracerPayload

NOW = 1_790_000_000 * 10**9
PAYLOAD = TracerPayload(env="prod")


def span(ago: int = 0, **fields: object) -> Span:
    given_fields = {"service": "web", "name": "web.request", "duration": 10**6, **fields}
    one = Span(trace_id=1, span_id=1, **given_fields)  # type: ignore[arg-type]
    one.start = NOW - ago - one.duration
    one.metrics = {"_top_level": 1.0, **one.metrics}
    return one


def test_a_bucket_is_sent_once_it_is_over() -> None:
    concentrator = Concentrator("h", "none", NOW)
    concentrator.add(PAYLOAD, Chunk([span(), span(error=1)]))
    assert concentrator.flush(NOW + BUCKET_NS) == []
    (stats,) = concentrator.flush(NOW + 2 * BUCKET_NS)
    (group,) = stats.buckets[0].groups
    assert (stats.hostname, stats.env, stats.buckets[0].length) == ("h", "prod", BUCKET_NS)
    assert stats.buckets[0].start <= NOW < stats.buckets[0].start + BUCKET_NS
    assert (group.hits, group.errors, group.duration, group.top_level_hits) == (2, 1, 2 * 10**6, 2)
    assert sum(duration_sketch.decode(group.ok_summary).values()) == 1
    assert sum(duration_sketch.decode(group.error_summary).values()) == 1
    assert concentrator.flush(NOW + 9 * BUCKET_NS) == []


def test_a_span_that_comes_late_counts_in_the_oldest_open_bucket() -> None:
    concentrator = Concentrator("h", "none", NOW)
    concentrator.flush(NOW + 2 * BUCKET_NS)
    concentrator.add(PAYLOAD, Chunk([span(ago=60 * 10**9)]))
    (stats,) = concentrator.flush(NOW + 3 * BUCKET_NS)
    assert stats.buckets[0].start >= NOW
    assert stats.buckets[0].groups[0].hits == 1


def test_only_entries_measured_spans_and_calls_count() -> None:
    inner = Span(service="web", name="render", trace_id=1, span_id=2, parent_id=1, start=NOW)
    measured = Span(service="web", name="m", trace_id=1, span_id=3, start=NOW, metrics={"_dd.measured": 1.0})
    client = Span(service="web", name="c", trace_id=1, span_id=4, start=NOW, meta={"span.kind": "client"})
    partial = span(metrics={"_dd.partial_version": 1.0})
    concentrator = Concentrator("h", "none", NOW)
    concentrator.add(PAYLOAD, Chunk([inner, measured, client, partial]))
    groups = concentrator.flush(NOW, everything=True)[0].buckets[0].groups
    assert {group.name for group in groups} == {"m", "c"}


def test_what_tracers_counted_is_added_to_what_is_counted_here() -> None:
    bins = duration_sketch.encode({duration_sketch.key_of(10**6): 4.0})
    group = StatsGroup(
        service="web", name="web.request", hits=4, duration=4 * 10**6, ok_summary=bins, is_trace_root=1
    )
    concentrator = Concentrator("h", "none", NOW)
    concentrator.add(PAYLOAD, Chunk([span()]))
    concentrator.add_client(StatsOfTracer([StatsBucket(NOW, BUCKET_NS, [group])], env="prod"))
    (stats,) = concentrator.flush(NOW, everything=True)
    (together,) = stats.buckets[0].groups
    assert (together.hits, together.duration) == (5, 5 * 10**6)
    assert sum(duration_sketch.decode(together.ok_summary).values()) == 5


def test_too_many_resources_share_one_group() -> None:
    concentrator = Concentrator("h", "none", NOW)
    concentrator.add(PAYLOAD, Chunk([span(resource=f"r{number}") for number in range(MAX_GROUPS + 50)]))
    groups = [
        group for bucket in concentrator.flush(NOW, everything=True)[0].buckets for group in bucket.groups
    ]
    assert sum(group.hits for group in groups) == MAX_GROUPS + 50
    assert next(group.hits for group in groups if group.resource == OVERFLOW) == 50


@given(st.lists(st.tuples(st.integers(0, 10**10), st.integers(0, 1), st.integers(0, 120)), max_size=40))
def test_no_span_is_lost_or_counted_twice(many: list[tuple[int, int, int]]) -> None:
    concentrator = Concentrator("h", "none", NOW - 120 * 10**9)
    sent = []
    for duration, error, ago in sorted(many, key=lambda one: -one[2]):
        at = NOW - ago * 10**9
        concentrator.add(PAYLOAD, Chunk([span(ago * 10**9, duration=duration, error=error)]))
        sent += concentrator.flush(at)
    sent += concentrator.flush(NOW, everything=True)
    groups = [group for stats in sent for bucket in stats.buckets for group in bucket.groups]
    assert sum(group.hits for group in groups) == len(many)
    assert sum(group.errors for group in groups) == sum(one[1] for one in many)
    assert sum(group.duration for group in groups) == sum(one[0] for one in many)


TAGS = st.dictionaries(
    st.sampled_from(
        ["span.kind", "http.status_code", "http.response.status_code", "http.route", "http.method",
         "out.host", "http.request.method", "db.name", "_dd.base_service", "_dd.svc_src", "grpc.code",
         "unrelated"]
    ),
    st.sampled_from(["", "client", "Client", "server", "200", "404", "0200", "x", "GET"]),
)  # fmt: skip
MADE = st.builds(
    span,
    service=st.sampled_from(["a", "b"]),
    resource=st.sampled_from(["r", "s"]),
    type=st.sampled_from(["", "web"]),
    parent_id=st.sampled_from([0, 1]),
    error=st.sampled_from([0, 1]),
    meta=TAGS,
    metrics=st.dictionaries(st.just("http.status_code"), st.sampled_from([200.0, 404.0, 7.0, float("nan")])),
)


@given(st.lists(MADE, max_size=40), st.booleans(), st.integers(0, 3))
def test_spans_are_grouped_by_all_that_makes_their_key(
    many: list[Span], synthetics: bool, known: int
) -> None:
    """Also where only ``known`` of the combinations are remembered."""
    expected: Counter[tuple[object, int]] = Counter()
    for one in many:
        expected[concentrator_module._key_of_span(one, synthetics, PEER_TAGS), one.error] += 1
    concentrator = Concentrator("h", "none", NOW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(concentrator_module, "_MOST_KNOWN", known)
        for half in (many[::2], many[1::2]):
            concentrator.add(PAYLOAD, Chunk(half, origin="synthetics" if synthetics else ""))
    found: Counter[tuple[object, int]] = Counter()
    for stats in concentrator.flush(NOW, everything=True):
        for group in stats.buckets[0].groups:
            key = concentrator_module._key_of_group(group, "")
            found[key, 1] += group.errors
            found[key, 0] += group.hits - group.errors
    assert +found == expected


def test_spans_far_in_the_future_are_counted_now() -> None:
    concentrator = Concentrator("h", "none", NOW)
    year = 365 * 86_400 * 10**9
    concentrator.add(PAYLOAD, Chunk([span(), span(ago=-year), span(ago=-120 * 10**9)]))
    group = StatsGroup(service="web", name="web.request", hits=4)
    concentrator.add_client(StatsOfTracer([StatsBucket(NOW + year, BUCKET_NS, [group])], env="prod"))
    (stats,) = concentrator.flush(NOW + 2 * BUCKET_NS)
    assert sum(group.hits for group in stats.buckets[0].groups) == 6
    (later,) = concentrator.flush(NOW + 140 * 10**9)
    assert [group.hits for group in later.buckets[0].groups] == [1]
    assert concentrator.flush(NOW, everything=True) == []


def test_peer_tags_are_those_that_tracers_are_told_to_count_by() -> None:
    concentrator = Concentrator("h", "none", NOW, peer_tags=["my.peer"])
    calls = [
        span(meta={"span.kind": "client", "my.peer": "a", "dns.hostname": "b", "other": "c"}),
        span(meta={"span.kind": "client", "my.peer": "z", "dns.hostname": "b"}),
        span(meta={"span.kind": "server", "my.peer": "a"}),
    ]
    concentrator.add(PAYLOAD, Chunk(calls))
    counted = StatsGroup(
        service="web", name="web.request", span_kind="client", hits=7, is_trace_root=1,
        peer_tags=["dns.hostname:b", "my.peer:a"],
    )  # fmt: skip
    concentrator.add_client(StatsOfTracer([StatsBucket(NOW, BUCKET_NS, [counted])], env="prod"))
    groups = concentrator.flush(NOW, everything=True)[0].buckets[0].groups
    assert {(tuple(group.peer_tags), group.hits) for group in groups} == {
        (("dns.hostname:b", "my.peer:a"), 8),
        (("dns.hostname:b", "my.peer:z"), 1),
        ((), 1),
    }
