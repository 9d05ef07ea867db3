"""Traces as trees of few spans."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.apm.pruned_trace import MAX_DEPTH, Pruning, pruned_trace
from heeler.apm.store import StoredSpan


def span(identity: int, parent: int = 0, **given: Any) -> StoredSpan:
    known: dict[str, Any] = {
        "service": "web", "start": identity, "duration": 10, "trace_id": 7, "trace_high": 1,
        "span_id": identity,
        "parent_id": parent, "name": "op", "resource": "GET /", "type": "web", "error": 0, "env": "prod",
        "version": "", "language": "", "host": "h", "http_status": 0, "top_level": 0, "priority": 1,
        "tags": (), "meta": {}, "metrics": {}, "links": "", "events": "", "meta_struct": "",
    }  # fmt: skip
    return StoredSpan(**{**known, **given})


def tree(spans: list[StoredSpan], limit: int = 300, **asked: Any) -> Any:
    return pruned_trace(spans, Pruning(**asked), limit)["attributes"]["summarized_trace"]["root"]


def shape(node: Any) -> Any:
    return (node["spanID"], node["hidden_child_spans_count"], [shape(child) for child in node["children"]])


def test_a_small_trace_comes_whole() -> None:
    assert shape(tree([span(1), span(2, 1), span(3, 2), span(4, 1)])) == (
        1, 0, [(2, 0, [(3, 0, [])]), (4, 0, [])],
    )  # fmt: skip


def test_of_a_large_one_failed_and_long_spans_stay_with_the_way_to_them() -> None:
    spans = [span(1), span(2, 1, duration=1), span(3, 2, error=1), span(4, 1, duration=2), span(5, 4)]
    assert shape(tree(spans, limit=1)) == (1, 2, [(2, 0, [(3, 0, [])])])


def test_an_expanded_span_keeps_its_children() -> None:
    spans = [span(1, error=1), span(2, 1), span(3, 2), span(4, 2), span(5, 1)]
    assert shape(tree(spans, limit=1, expand=2)) == (1, 1, [(2, 0, [(3, 0, []), (4, 0, [])])])


def test_entries_only_hang_below_the_nearest_entry() -> None:
    spans = [span(1, top_level=1), span(2, 1), span(3, 2, top_level=1, service="db")]
    assert shape(tree(spans, entries_only=True)) == (1, 1, [(3, 0, [])])


def test_paths_choose_spans_and_patterns_choose_tags() -> None:
    meta = {"http.url": "/", "http.method": "GET", "secret": "x"}
    spans = [span(1, meta=meta), span(2, 1, service="db"), span(3, 1)]
    root = tree(spans, paths=("service:db",), include=("^http",), exclude=("url",))
    assert shape(root) == (1, 1, [(2, 0, [])])
    assert root["meta"] == {"http.method": "GET"}


def test_a_bad_pattern_is_an_error() -> None:
    with pytest.raises(ValueError, match="regular expression"):
        tree([span(1, meta={"a": "b"})], include=("(",))


def test_deep_traces_end_with_a_count() -> None:
    spans = [span(number, number - 1) for number in range(1, 251)]
    node, depth = tree(spans), 0
    while node["children"]:
        node, depth = node["children"][0], depth + 1
    assert (depth, node["hidden_child_spans_count"]) == (MAX_DEPTH, 250 - MAX_DEPTH - 1)


@given(st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=12), st.integers(1, 12))
def test_every_span_is_shown_or_counted_whatever_the_parents(
    parents: list[tuple[int, bool]], limit: int
) -> None:
    spans = [span(number, parent, error=int(bad)) for number, (parent, bad) in enumerate(parents, start=1)]

    def total(node: Any) -> int:
        return 1 + int(node["hidden_child_spans_count"]) + sum(total(child) for child in node["children"])

    assert total(tree(spans, limit=limit)) == len(spans)
