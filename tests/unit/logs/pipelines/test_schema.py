"""The schema processor: attributes to OCSF."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.logs.pipelines.document import DocumentError
from heeler.logs.pipelines.processors import Surroundings, make_processor
from heeler.wire.logs.datadog import LogEntry

SCHEMA = {"schema_type": "ocsf", "version": "1.5.0", "class_uid": 3002, "class_name": "Authentication"}
CATEGORIES = {
    "type": "schema-category-mapper",
    "name": "activity",
    "targets": {"id": "ocsf.activity_id", "name": "ocsf.activity_name"},
    "categories": [
        {"filter": {"query": "@action:login"}, "id": 1, "name": "Logon"},
        {"filter": {"query": "@action:logout"}, "id": 2, "name": "Logoff"},
    ],
}
REMAP = {
    "type": "schema-remapper",
    "name": "user",
    "sources": ["usr.id"],
    "target": "ocsf.user.uid",
    "preserve_source": True,
}


def run(attributes: dict[str, Any], *mappers: dict[str, Any], **more: Any) -> dict[str, Any]:
    document = {
        "type": "schema-processor",
        "name": "ocsf",
        "schema": SCHEMA,
        "mappers": list(mappers),
        **more,
    }
    entry = LogEntry("m", 0, attributes=attributes)
    assert make_processor(document, Surroundings())(entry) is True
    return dict(entry.attributes["ocsf"])


def test_the_class_is_written() -> None:
    assert run({}) == {"class_uid": 3002, "class_name": "Authentication"}


def test_remappers_and_categories_in_their_order() -> None:
    found = run({"action": "logout", "usr": {"id": "u1"}}, REMAP, CATEGORIES)
    assert (found["user"], found["activity_id"], found["activity_name"]) == ({"uid": "u1"}, 2, "Logoff")


def test_what_is_in_no_category_is_other() -> None:
    found = run({"action": "x"}, CATEGORIES)
    assert (found["activity_id"], found["activity_name"]) == (99, "Other")
    found = run({"action": "x"}, {**CATEGORIES, "fallback": {"id": 0, "name": "Unknown"}})
    assert (found["activity_id"], found["activity_name"]) == (0, "Unknown")


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"schema": None},
        {"schema": []},
        {"mappers": {"a": 1}},
        {"mappers": ["x"]},
        {"mappers": [{"type": "grok-parser"}]},
        {"mappers": [{**CATEGORIES, "targets": ["x"]}]},
        {"mappers": [{**CATEGORIES, "categories": [5]}]},
    ],
)
def test_documents_that_cannot_be_used(change: dict[str, Any]) -> None:
    with pytest.raises(DocumentError):
        run({}, **change)
