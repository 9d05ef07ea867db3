"""The documented format of the lines of archives."""

from __future__ import annotations

import json

from heeler.logs.archives.lines import archived_lines, line_of
from heeler.logs.archives.rules import compile_archive
from heeler.logs.search import read_id
from heeler.wire.logs.datadog import LogEntry
from tests.unit.logs.archives.test_rules import document

TIME = 1_526_394_676_003_000_000
ENTRY = LogEntry(
    "GET /", TIME, "warn", "web", "h1", "nginx", ("env:prod", "team:a"), {"http": {"status_code": 200}}
)


def test_a_line() -> None:
    line = line_of(ENTRY, 77, include_tags=True)
    assert line.endswith(b"}\n")
    found = json.loads(line)
    assert read_id(found.pop("_id")) == (TIME, 77)
    assert found == {
        "date": "2018-05-15T14:31:16.003Z",
        "host": "h1",
        "source": "nginx",
        "service": "web",
        "status": "warn",
        "message": "GET /",
        "attributes": {"http": {"status_code": 200}},
        "tags": ["env:prod", "team:a"],
    }
    assert json.loads(line_of(ENTRY, 77, include_tags=False))["tags"] == []


def test_what_json_can_hold_and_few_can_write() -> None:
    odd = LogEntry(
        "half \ud83d of a pair\nand a line", TIME, attributes={"n": 2**80, "f": 1.5, "deep": [{"x": None}]}
    )
    line = line_of(odd, 1, include_tags=False)
    assert line.count(b"\n") == 1
    found = json.loads(line)
    assert found["message"] == odd.message
    assert found["attributes"] == odd.attributes


def test_lines_by_archive_in_order_with_the_ids_of_the_explorer() -> None:
    archives = [
        compile_archive("errors", document(query="status:error", include_tags=True)),
        compile_archive("web", document(query="service:web")),
    ]
    entries = [
        LogEntry(f"m{number}", TIME, status=status, service=service, tags=("a:b",))
        for number, (status, service) in enumerate(
            [("info", "web"), ("error", "web"), ("info", "db"), ("error", "db"), ("info", "web")]
        )
    ]
    lines = archived_lines(archives, entries, 100)
    found = {
        name: [
            (one["message"], read_id(one["_id"])[1], one["tags"])
            for one in map(json.loads, text.splitlines())
        ]
        for name, text in lines.items()
    }
    assert found == {
        "errors": [("m1", 101, ["a:b"]), ("m3", 103, ["a:b"])],
        "web": [("m0", 100, []), ("m4", 104, [])],
    }
    within = archived_lines(archives, entries, 100, {100, 101, 103})
    assert [json.loads(line)["message"] for line in within["web"].splitlines()] == ["m4"]
    assert "errors" not in within
