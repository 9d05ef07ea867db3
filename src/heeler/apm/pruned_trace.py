"""A trace reduced to a tree of bounded size: ``/api/v2/pruned_trace/<id>``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from heeler.apm.store import StoredSpan
from heeler.query.search.times import iso

MAX_SPANS = 300
"""Maximum number of retained spans, in addition to their ancestors."""
MAX_DEPTH = 100
"""Maximum nesting of spans in a response; JSON parsers limit the depth."""
MAX_PATTERNS, MAX_PATTERN = 50, 500
"""Maximum number of tag patterns in one request, and characters of each."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """Parameters of pruning.

    ``paths`` are ``key:value`` pairs, one of which a span must have to be retained; ``include`` and
    ``exclude`` are patterns (RE2) of tag keys retained on spans; ``expand`` is a span whose children are
    retained regardless of size.
    """

    expand: int = 0
    entries_only: bool = False
    paths: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def tags_kept(self, spans: Sequence[StoredSpan]) -> frozenset[str]:
        """Tag keys to retain. Raises ``ValueError`` for an invalid pattern."""
        _check_patterns((*self.include, *self.exclude))
        keys = pa.array(sorted({key for span in spans for key in (*span.meta, *span.metrics)}), pa.string())
        kept = [not self.include] * len(keys)
        for patterns, stays in ((self.include, True), (self.exclude, False)):
            for pattern in patterns:
                found = pc.match_substring_regex(keys, pattern).to_pylist()
                kept = [stays if hit else before for hit, before in zip(found, kept, strict=True)]
        return frozenset(key for key, stays in zip(keys.to_pylist(), kept, strict=True) if stays)


def _check_patterns(patterns: Sequence[str]) -> None:
    """Bound the number and size of patterns; RE2 matches in linear time, but compiling costs."""
    if len(patterns) > MAX_PATTERNS:
        raise ValueError(f"{len(patterns)} patterns; at most {MAX_PATTERNS} are taken")
    for pattern in patterns:
        if len(pattern) > MAX_PATTERN:
            raise ValueError(f"a pattern of {len(pattern)} characters; at most {MAX_PATTERN} are taken")


@dataclass(slots=True)
class _Node:
    span: StoredSpan
    children: list[_Node] = field(default_factory=list)
    hidden: int = 0


def pruned_trace(spans: Sequence[StoredSpan], asked: Pruning, limit: int = MAX_SPANS) -> dict[str, Any]:
    """The response's ``data`` for the spans of one trace (at least one, by start).

    The root of the tree is the trace's own, else the first span without a parent here; spans whose parent is
    missing are attached to it. A removed span is counted in ``hidden_child_spans_count`` of its nearest
    retained ancestor. Raises ``ValueError`` for an invalid pattern.
    """
    root = next((span for span in spans if not span.parent_id), None) or _first_orphan(spans)
    parents = _parents(spans, root)
    kept = _kept(spans, parents, root, asked, limit)
    nodes = {span.span_id: _Node(span) for span in spans if span.span_id in kept}
    for span in spans:
        if span.span_id == root.span_id:
            continue
        above = nodes[_nearest(parents[span.span_id], parents, kept)]
        if span.span_id in kept:
            above.children.append(nodes[span.span_id])
        else:
            above.hidden += 1
    identity = max(span.full_trace_id for span in spans)
    tree = {"traceId": identity, "root": _tree(nodes, root.span_id, asked.tags_kept(spans))}
    size = sum(_size(span) for span in spans)
    attributes = {"is_truncated": False, "size_bytes": size, "summarized_trace": tree}
    return {"id": identity, "type": "pruned_trace", "attributes": attributes}


def _first_orphan(spans: Sequence[StoredSpan]) -> StoredSpan:
    known = {span.span_id for span in spans}
    return next((span for span in spans if span.parent_id not in known), spans[0])


def _parents(spans: Sequence[StoredSpan], root: StoredSpan) -> dict[int, int]:
    """Parent of each span; spans with a missing parent, or in a cycle, are attached to the root."""
    known = {span.span_id: span.parent_id for span in spans}
    parents: dict[int, int] = {}
    for span in spans:
        given = span.parent_id
        parents[span.span_id] = given if given in known and given != span.span_id else root.span_id
    for start in parents:
        walked, at = {start}, start
        while at != root.span_id and (at := parents[at]) != root.span_id:
            if at in walked:
                parents[at] = root.span_id
                break
            walked.add(at)
    return parents


def _kept(
    spans: Sequence[StoredSpan], parents: dict[int, int], root: StoredSpan, asked: Pruning, limit: int
) -> set[int]:
    wanted = [span for span in spans if _is_wanted(span, asked)]
    if len(wanted) > limit:
        # Most relevant first: service entry spans, errors, long spans.
        wanted.sort(key=lambda span: (not span.error, not span.top_level, -span.duration))
        wanted = wanted[:limit]
    ids = {span.span_id for span in wanted} | {root.span_id}
    if asked.expand:
        ids |= {child for child, parent in parents.items() if asked.expand in (child, parent)}
    if not asked.entries_only and not asked.paths:
        for identity in list(ids):
            while (identity := parents[identity]) not in ids:
                ids.add(identity)
    return ids


def _is_wanted(span: StoredSpan, asked: Pruning) -> bool:
    if asked.entries_only and not span.top_level and span.parent_id:
        return False
    return not asked.paths or any(_has(span, path) for path in asked.paths)


def _has(span: StoredSpan, path: str) -> bool:
    key, _, value = path.partition(":")
    own = {
        "service": span.service,
        "resource_name": span.resource,
        "operation_name": span.name,
        "type": span.type,
        "env": span.env,
        "host": span.host,
        "version": span.version,
    }
    return value in (own.get(key), span.meta.get(key)) or path in span.tags


def _nearest(identity: int, parents: dict[int, int], kept: set[int]) -> int:
    while identity not in kept:
        identity = parents[identity]
    return identity


def _tree(nodes: dict[int, _Node], root: int, tags: frozenset[str]) -> dict[str, Any]:
    """Span objects with nested children, built level by level: no recursion, as traces may be deep."""
    tree = _shown(nodes[root], tags)
    level = [(nodes[root], tree)]
    for _ in range(MAX_DEPTH):
        below = []
        for node, shown in level:
            children = [(child, _shown(child, tags)) for child in node.children]
            shown["children"] = [child for _, child in children]
            below += children
        level = below
    for node, shown in level:
        shown["hidden_child_spans_count"] += _count_below(node)
    return tree


def _count_below(node: _Node) -> int:
    found, waiting = 0, list(node.children)
    while waiting:
        one = waiting.pop()
        found += 1 + one.hidden
        waiting += one.children
    return found


def _shown(node: _Node, tags: frozenset[str]) -> dict[str, Any]:
    span = node.span
    return {
        "service": span.service,
        "name": span.name,
        "resource": span.resource,
        "spanID": span.span_id,
        "parentID": span.parent_id,
        "span_kind": span.meta.get("span.kind", "internal").upper(),
        "startTime": iso(span.start / 1e9),
        "endTime": iso((span.start + span.duration) / 1e9),
        "durationSeconds": span.duration / 1e9,
        "error": int(bool(span.error)),
        "meta": {key: value for key, value in span.meta.items() if key in tags},
        "metrics": {key: value for key, value in span.metrics.items() if key in tags},
        "hidden_child_spans_count": node.hidden,
        "children": [],
    }


def _size(span: StoredSpan) -> int:
    """Approximate size of the span as JSON, in bytes."""
    return len(orjson.dumps([span.service, span.name, span.resource, span.meta, span.metrics])) + 128
