"""Bodies made from resources: what the server sets is left out, all else goes over."""

from __future__ import annotations

from typing import Any

import pytest

from heeler.importers.request_bodies import create_body, skip_reason, update_body

DASHBOARD = {
    "id": "abc-def-ghi",
    "title": "t",
    "widgets": [],
    "layout_type": "ordered",
    "author_handle": "a",
    "created_at": "x",
    "url": "/d",
    "modified_at": "y",
}
MONITOR = {
    "id": 5,
    "name": "n",
    "type": "query alert",
    "query": "q",
    "options": {"locked": False},
    "creator": {},
    "overall_state": "OK",
    "created": "x",
    "multi": True,
}


def test_what_only_the_server_sets_is_left_out() -> None:
    assert create_body("dashboards", DASHBOARD) == {"title": "t", "widgets": [], "layout_type": "ordered"}
    assert create_body("monitors", MONITOR) == {
        "name": "n",
        "type": "query alert",
        "query": "q",
        "options": {"locked": False},
    }


def test_an_item_is_left_as_it_was() -> None:
    before = {**MONITOR, "options": {"locked": False}}
    update_body("monitors", MONITOR, "7")
    assert before == MONITOR


@pytest.mark.parametrize(
    ("kind", "item", "type_", "attributes"),
    [
        (
            "roles",
            {"id": "r", "attributes": {"name": "n", "user_count": 3}, "permission_ids": ["p"]},
            "roles",
            {"name": "n"},
        ),
        (
            "users",
            {"id": "u", "attributes": {"email": "a@b", "name": "n", "title": None, "icon": "x"}},
            "users",
            {"email": "a@b", "name": "n"},
        ),
        (
            "teams",
            {"attributes": {"name": "n", "handle": "h", "user_count": 1}},
            "team",
            {"name": "n", "handle": "h"},
        ),
        (
            "powerpacks",
            {"attributes": {"name": "n", "group_widget": {}, "author": "x"}},
            "powerpack",
            {"name": "n", "group_widget": {}},
        ),
        (
            "slo_corrections",
            {
                "attributes": {
                    "category": "Other",
                    "slo_id": "s",
                    "start": 1,
                    "end": 2,
                    "creator": {},
                    "rrule": None,
                }
            },
            "correction",
            {"category": "Other", "slo_id": "s", "start": 1, "end": 2},
        ),
        (
            "slo_corrections",
            {"attributes": {"category": "Other", "slo_query": "team:a", "start": 1, "end": 2}},
            "correction",
            {"category": "Other", "slo_query": "team:a", "start": 1, "end": 2},
        ),
    ],
)
def test_resources_of_the_current_api(
    kind: str, item: dict[str, Any], type_: str, attributes: dict[str, Any]
) -> None:
    data = create_body(kind, item)["data"]
    assert (data["type"], data["attributes"]) == (type_, attributes)


def test_roles_have_their_permissions_and_users_their_roles() -> None:
    role = create_body("roles", {"attributes": {"name": "n"}, "permission_ids": ["p", "q"]})["data"]
    assert role["relationships"] == {
        "permissions": {"data": [{"id": "p", "type": "permissions"}, {"id": "q", "type": "permissions"}]}
    }
    roles = {"data": [{"id": "r", "type": "roles"}]}
    assert create_body("users", {"attributes": {"email": "e"}, "relationships": {"roles": roles, "org": {}}})[
        "data"
    ]["relationships"] == {"roles": roles}
    assert create_body("users", {"attributes": {"email": "e"}})["data"]["relationships"] == {
        "roles": {"data": []}
    }


def test_downtimes() -> None:
    attributes = {
        "scope": "env:prod",
        "monitor_identifier": {"monitor_id": 1},
        "message": None,
        "status": "active",
        "notify_end_types": ["expired"],
    }
    once = {"schedule": {"start": "2026-01-01T00:00:00Z", "end": None}}
    made = create_body("downtime_schedules", {"attributes": attributes | once})["data"]["attributes"]
    assert made == {
        "scope": "env:prod",
        "monitor_identifier": {"monitor_id": 1},
        "notify_end_types": ["expired"],
        "schedule": {"start": "2026-01-01T00:00:00Z"},
    }
    weekly = {
        "schedule": {
            "timezone": "Asia/Tokyo",
            "current_downtime": {},
            "recurrences": [{"start": "2026-01-01T00:00", "duration": "1h", "rrule": "FREQ=DAILY", "x": 1}],
        }
    }
    assert create_body("downtime_schedules", {"attributes": attributes | weekly})["data"]["attributes"][
        "schedule"
    ] == {
        "timezone": "Asia/Tokyo",
        "recurrences": [{"start": "2026-01-01T00:00", "duration": "1h", "rrule": "FREQ=DAILY"}],
    }


def test_notebooks_without_ids_of_cells() -> None:
    cells = [{"id": "c", "type": "notebook_cells", "attributes": {"definition": {}}}]
    made = create_body("notebooks", {"id": 5, "attributes": {"name": "n", "cells": cells, "author": {}}})[
        "data"
    ]["attributes"]
    assert made == {"name": "n", "cells": [{"type": "notebook_cells", "attributes": {"definition": {}}}]}
    assert "id" in cells[0]


def test_metadata_definitions_and_tags() -> None:
    assert create_body(
        "metrics_metadata",
        {"type": "gauge", "unit": "byte", "short_name": "", "per_unit": None, "integration": "x"},
    ) == {"type": "gauge", "unit": "byte"}
    assert create_body(
        "service_definitions", {"attributes": {"schema": {"dd-service": "a"}, "meta": {}}}
    ) == {"dd-service": "a"}
    assert create_body("host_tags", {"tags": ["a:b"], "host": "h"}) == {"tags": ["a:b"]}


def test_changes_leave_out_what_cannot_change() -> None:
    metric = {
        "id": "m",
        "attributes": {
            "compute": {"aggregation_type": "distribution", "path": "@d", "include_percentiles": True},
            "filter": {"query": "*"},
        },
    }
    data = update_body("logs_metrics", metric, "m")["data"]
    assert "id" not in data
    assert data["attributes"] == {"compute": {"include_percentiles": True}, "filter": {"query": "*"}}
    tags = {"id": "m", "attributes": {"tags": ["a"], "metric_type": "gauge"}}
    assert update_body("metric_tag_configurations", tags, "m")["data"]["attributes"] == {"tags": ["a"]}
    assert update_body("logs_indexes", {"name": "main", "filter": {}, "is_rate_limited": False}, "main") == {
        "filter": {}
    }
    user = update_body("users", {"attributes": {"email": "e", "name": "n"}}, "u-9")["data"]
    assert (user["id"], user["attributes"]) == ("u-9", {"name": "n"})
    assert update_body("roles", {"attributes": {"name": "n"}}, "r-9")["data"]["id"] == "r-9"
    correction = {"attributes": {"category": "Other", "slo_id": "s", "start": 1, "end": 2}}
    assert "slo_id" not in update_body("slo_corrections", correction, "c")["data"]["attributes"]


@pytest.mark.parametrize(
    ("kind", "item", "reason"),
    [
        ("users", {"attributes": {"disabled": True}}, "disabled at the source"),
        ("users", {"attributes": {"disabled": False}}, None),
        ("users", {}, None),
        (
            "logs_pipelines",
            {"is_read_only": True},
            "a pipeline of an integration, which comes with the product",
        ),
        ("logs_pipelines", {"is_read_only": False}, None),
        ("downtime_schedules", {"attributes": {"status": "ended"}}, "ended at the source"),
        ("downtime_schedules", {"attributes": {"status": "canceled"}}, "canceled at the source"),
        ("downtime_schedules", {"attributes": {"status": "active"}}, None),
        ("metrics_metadata", {"type": "gauge"}, ""),
        ("metrics_metadata", {"type": "gauge", "unit": "byte"}, None),
        ("monitors", MONITOR, None),
    ],
)
def test_what_is_not_brought(kind: str, item: dict[str, Any], reason: str | None) -> None:
    assert skip_reason(kind, item) == reason


def test_a_synthetic_test_is_sent_without_its_ids() -> None:
    item = {"id": "abc-def-ghi", "public_id": "abc-def-ghi", "monitor_id": 3, "name": "Health", "type": "api"}
    assert create_body("synthetics_tests", item) == {"name": "Health", "type": "api"}
