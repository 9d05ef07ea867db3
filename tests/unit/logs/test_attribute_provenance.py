"""Which processor set an attribute of a stored log."""

from __future__ import annotations

from typing import Any

from heeler.logs.attribute_provenance import entry_of_stored, origins_of
from heeler.logs.pipelines.pipeline import Pipeline, compile_pipeline, process
from heeler.logs.pipelines.processors import Surroundings
from heeler.logs.store import StoredLog
from heeler.wire.logs.datadog import LogEntry, entry_of

GROK = {
    "type": "grok-parser", "name": "Parse", "source": "message",
    "grok": {"match_rules": r"r %{word:http.method} %{notSpace:http.url} %{integer:http.code} %{word:old}"},
}  # fmt: skip
PROCESSORS: list[dict[str, Any]] = [
    GROK,
    {"type": "url-parser", "name": "URL", "sources": ["http.url"], "target": "http.url_details"},
    {
        "type": "pipeline", "name": "Inner", "filter": {"query": "@http.code:>=500"},
        "processors": [
            {
                "type": "category-processor", "name": "Class", "target": "http.class", "is_enabled": True,
                "categories": [{"filter": {"query": "@http.code:>=500"}, "name": "error"}],
            },
            {"type": "status-remapper", "name": "Status", "sources": ["http.class"], "is_enabled": True},
        ],
    },
    {"type": "attribute-remapper", "name": "Rename", "sources": ["old"], "target": "new"},
    {"type": "attribute-remapper", "name": "Off", "sources": ["own"], "target": "x", "is_enabled": False},
]  # fmt: skip


def pipeline(**fields: Any) -> Pipeline:
    enabled = [{"is_enabled": True, **one} for one in PROCESSORS]
    document = {"id": "p1", "name": "Web", "filter": {"query": "service:web"}, "processors": enabled}
    return compile_pipeline({**document, **fields}, Surroundings())


def stored(entry: LogEntry) -> StoredLog:
    return StoredLog(
        entry.time, 1, entry.service, entry.host, entry.source, entry.status, entry.message, entry.tags,
        entry.trace_id, entry.trace_high, entry.span_id, "main", entry.attributes,
    )  # fmt: skip


def processed(*pipelines: Pipeline) -> StoredLog:
    document = {"message": "GET /cart?id=7 503 gone", "service": "web", "own": "sent"}
    entry = entry_of(document, {}, 1_790_000_000 * 10**9)
    process(pipelines, entry)
    return stored(entry)


def test_the_processor_that_set_each_attribute() -> None:
    one = pipeline()
    log = processed(one)
    found = origins_of([one], log)
    named = {name: (origin.pipeline, origin.name, origin.place) for name, origin in found.items()}
    assert named == {
        "@http.method": ("Web", "Parse", (0,)),
        "@http.url": ("Web", "Parse", (0,)),
        "@http.code": ("Web", "Parse", (0,)),
        "@http.url_details.path": ("Web", "URL", (1,)),
        "@http.url_details.queryString.id": ("Web", "URL", (1,)),
        "@http.class": ("Inner", "Class", (2, 0)),
        "@new": ("Web", "Rename", (3,)),
        "status": ("Inner", "Status", (2, 1)),
    }
    assert "@own" not in found  # it came with the log
    assert all(origin.verified and origin.same for origin in found.values())
    assert {origin.pipeline_id for origin in found.values()} == {"p1"}


def test_a_renamed_attribute_whose_source_is_gone_is_not_verified() -> None:
    rename = {"type": "attribute-remapper", "name": "Rename", "sources": ["own"], "target": "kept.here"}
    one = pipeline(processors=[{**rename, "is_enabled": True}])
    found = origins_of([one], processed(one))
    assert (found["@kept.here"].name, found["@kept.here"].verified) == ("Rename", False)


def test_another_value_than_that_of_today_s_pipeline_is_said() -> None:
    one = pipeline()
    log = processed(one)
    entry = entry_of_stored(log)
    entry.attributes["http"]["method"] = "PUT"
    origin = origins_of([one], stored(entry))["@http.method"]
    assert (origin.verified, origin.same) == (True, False)


def test_nothing_of_pipelines_that_do_not_find_the_log() -> None:
    assert origins_of([], processed()) == {}
    assert origins_of([pipeline(filter={"query": "service:other"})], processed(pipeline())) == {}
