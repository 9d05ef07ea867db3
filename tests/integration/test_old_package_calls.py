"""Every method of the `datadog` package with its documented arguments: what is sent is read back."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
from bench.client_models.compare import differences
from datadog import api, initialize
from datadog.api.exceptions import ApiError

from tests.conftest import RunningServer

NOW = 0
_MONITOR = {
    "type": "query alert", "query": "avg(last_5m):avg:old.package{*} by {host} > 3", "name": "Old package",
    "message": "Look @all", "tags": ["team:old"], "priority": 2,
    "options": {
        "thresholds": {"critical": 3.0, "warning": 2.0}, "notify_no_data": True, "no_data_timeframe": 20,
        "renotify_interval": 60, "escalation_message": "still", "timeout_h": 2, "include_tags": False,
        "require_full_window": True, "notify_audit": False, "locked": False, "evaluation_delay": 60,
    },
}  # fmt: skip
_BOARD = {
    "title": "Old package", "description": "d", "layout_type": "ordered", "is_read_only": False,
    "notify_list": [], "reflow_type": "auto",
    "template_variables": [{"name": "host", "prefix": "host", "default": "*"}],
    "template_variable_presets": [{"name": "p", "template_variables": [{"name": "host", "value": "a"}]}],
    "widgets": [{"definition": {"type": "note", "content": "hello"}}],
}  # fmt: skip
_SLO = {
    "type": "metric", "name": "Old package", "description": "d", "tags": ["team:old"],
    "query": {"numerator": "sum:a{*}.as_count()", "denominator": "sum:b{*}.as_count()"},
    "thresholds": [{"timeframe": "7d", "target": 99.0, "warning": 99.5}],
}  # fmt: skip
_DOWNTIME = {
    "scope": ["env:old"], "message": "m", "timezone": "Europe/Dublin",
    "monitor_tags": ["team:old"], "mute_first_recovery_notification": True,
}  # fmt: skip
_TEST = {
    "type": "api", "subtype": "http", "name": "Old package", "message": "m", "tags": ["team:old"],
    "status": "paused", "locations": ["heeler:server"],
    "config": {
        "request": {"method": "GET", "url": "https://example.com", "timeout": 10, "headers": {"a": "b"}},
        "assertions": [{"operator": "is", "type": "statusCode", "target": 200}],
    },
    "options": {
        "tick_every": 300, "min_failure_duration": 10, "follow_redirects": True, "min_location_failed": 1,
    },
}  # fmt: skip
_GRAPH = {"title": "g", "definition": {"viz": "timeseries", "requests": [{"q": "avg:old.package{*}"}]}}
_TIMEBOARD = {
    "title": "Old package", "description": "d", "graphs": [_GRAPH],
    "template_variables": [{"name": "host", "prefix": "host", "default": "*"}], "read_only": True,
}  # fmt: skip
_SCREEN = {
    "board_title": "Old package", "description": "d", "width": 1024,
    "widgets": [{"type": "free_text", "text": "x", "x": 1, "y": 1, "width": 10, "height": 5}],
    "template_variables": [{"name": "host", "prefix": "host", "default": "*"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def server(own_server: RunningServer) -> RunningServer:
    """A server of its own: users, keys and settings are among what is sent."""
    return own_server


@pytest.fixture(autouse=True)
def clock() -> None:
    """``NOW`` is that of each test: they may run long after they were collected."""
    global NOW
    NOW = int(time.time())


@pytest.fixture(autouse=True)
def package(server: RunningServer) -> None:
    initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)


def kept(sent: Any, *answers: Any) -> None:
    for answer in answers:
        assert [str(one) for one in differences(sent, answer)] == []


def gone(call: Any, *given: Any) -> None:
    with pytest.raises(ApiError, match="not found"):
        call(*given)


def test_monitors() -> None:
    made = api.Monitor.create(**_MONITOR)
    identity = made["id"]
    kept(_MONITOR, made, api.Monitor.get(identity, group_states="all"))
    changed = {
        "query": "avg(last_5m):avg:old.package{*} by {host} > 5",
        "options": {"thresholds": {"critical": 5.0}},
    }
    kept(changed, api.Monitor.update(identity, **changed), api.Monitor.get(identity))
    listed = api.Monitor.get_all(
        group_states=["alert"], name="Old pack", tags=[], monitor_tags=["team:old"], with_downtimes=True
    )
    assert [one["id"] for one in listed] == [identity]
    assert api.Monitor.get_all(name="Old pack", monitor_tags=["team:other"]) == []
    muted = api.Monitor.mute(identity, scope="host:a", end=NOW + 600)
    assert muted["options"]["silenced"] == {"host:a": NOW + 600}
    assert api.Monitor.unmute(identity, scope="host:a")["options"]["silenced"] == {}
    assert api.Monitor.search(query='title:"Old package"')["monitors"][0]["id"] == identity
    assert "groups" in api.Monitor.search_groups(query='title:"Old package"')
    assert api.Monitor.can_delete(monitor_ids=[identity])["data"]["ok"] == [identity]
    assert api.Monitor.validate(**_MONITOR) == {}
    assert api.Monitor.delete(identity, force=True) == {"deleted_monitor_id": identity}
    gone(api.Monitor.get, identity)


def test_dashboards_and_their_lists() -> None:
    made = api.Dashboard.create(**_BOARD)
    identity = made["id"]
    kept(_BOARD, made, api.Dashboard.get(identity))
    changed = {**_BOARD, "title": "Other", "template_variables": []}
    del changed["template_variable_presets"]
    kept(changed, api.Dashboard.update(identity, **changed), api.Dashboard.get(identity))
    assert identity in [one["id"] for one in api.Dashboard.get_all()["dashboards"]]
    group = api.DashboardList.create(name="Old package")
    item = {"type": "custom_timeboard", "id": identity}
    assert api.DashboardList.v2.add_items(group["id"], dashboards=[item])["added_dashboards_to_list"] == [
        item
    ]
    assert [one["id"] for one in api.DashboardList.v2.get_items(group["id"])["dashboards"]] == [identity]
    assert api.DashboardList.v2.update_items(group["id"], dashboards=[item])["dashboards"] == [item]
    assert api.DashboardList.v2.delete_items(group["id"], dashboards=[item])[
        "deleted_dashboards_from_list"
    ] == [item]
    kept(
        {"name": "Renamed"},
        api.DashboardList.update(group["id"], name="Renamed"),
        api.DashboardList.get(group["id"]),
    )
    assert group["id"] in [one["id"] for one in api.DashboardList.get_all()["dashboard_lists"]]
    assert api.DashboardList.delete(group["id"])["deleted_dashboard_list_id"] == group["id"]
    gone(api.DashboardList.get, group["id"])
    assert api.Dashboard.delete(identity) == {"deleted_dashboard_id": identity}
    gone(api.Dashboard.get, identity)


def test_boards_of_old_scripts() -> None:
    time_board = api.Timeboard.create(**_TIMEBOARD)
    identity = time_board["dash"]["id"]
    kept(_TIMEBOARD, time_board["dash"], api.Timeboard.get(identity)["dash"])
    changed = {**_TIMEBOARD, "title": "Other"}
    kept(changed, api.Timeboard.update(identity, **changed)["dash"])
    assert str(identity) in [str(one["id"]) for one in api.Timeboard.get_all()["dashes"]]
    api.Timeboard.delete(identity)
    screen = api.Screenboard.create(**_SCREEN)
    kept(_SCREEN, screen, api.Screenboard.get(screen["id"]))
    changed = {**_SCREEN, "board_title": "Other", "width": 800}
    kept(changed, api.Screenboard.update(screen["id"], **changed))
    assert api.Screenboard.share(screen["id"])["public_url"]
    api.Screenboard.revoke(screen["id"])
    assert str(screen["id"]) in [str(one["id"]) for one in api.Screenboard.get_all()["screenboards"]]
    api.Screenboard.delete(screen["id"])
    with pytest.raises(ApiError, match="Unable to find Screenboard"):
        api.Screenboard.get(screen["id"])


def test_downtimes() -> None:
    first = {**_DOWNTIME, "start": NOW + 60, "end": NOW + 3600}
    made = api.Downtime.create(**first)
    kept(first, made, api.Downtime.get(made["id"]))
    day = f"{datetime.fromtimestamp(NOW + 3 * 86_400, UTC):%a}"  # none of today's
    again = {"recurrence": {"type": "weeks", "period": 2, "week_days": [day], "until_date": NOW + 10**7}}
    kept(again, api.Downtime.update(made["id"], **again), api.Downtime.get(made["id"]))
    assert made["id"] in [one["id"] for one in api.Downtime.get_all(current_only=False)]
    assert made["id"] not in [one["id"] for one in api.Downtime.get_all(current_only=True)]
    assert made["id"] in api.Downtime.cancel_downtime_by_scope(scope="env:old")["cancelled_ids"]
    with pytest.raises(ApiError, match="No downtimes found"):
        api.Downtime.cancel_downtime_by_scope(scope="env:old")


def test_service_level_objectives() -> None:
    made = api.ServiceLevelObjective.create(**_SLO)["data"][0]
    kept(_SLO, made, api.ServiceLevelObjective.get(made["id"])["data"])
    changed = {**_SLO, "name": "Other", "tags": ["team:new"]}
    kept(changed, api.ServiceLevelObjective.update(made["id"], **changed)["data"][0])
    find = api.ServiceLevelObjective.get_all
    assert [one["id"] for one in find(ids=[made["id"]], limit=10, offset=0)["data"]] == [made["id"]]
    assert [one["id"] for one in find(tags_query="team:new", query="Other")["data"]] == [made["id"]]
    assert find(tags_query="team:nobody")["data"] == []
    assert "data" in api.ServiceLevelObjective.search(query="Other")
    history = api.ServiceLevelObjective.history(made["id"], from_ts=NOW - 3600, to_ts=NOW)
    assert history["data"]["from_ts"] == NOW - 3600
    assert api.ServiceLevelObjective.can_delete([made["id"]])["data"]["ok"] == [made["id"]]
    assert api.ServiceLevelObjective.bulk_delete({made["id"]: ["7d"]})["data"]["deleted"] == [made["id"]]
    gone(api.ServiceLevelObjective.get, made["id"])
    ids = [api.ServiceLevelObjective.create(**_SLO)["data"][0]["id"] for _ in range(2)]
    assert api.ServiceLevelObjective.delete_many(ids)["data"] == ids
    one = api.ServiceLevelObjective.create(**_SLO)["data"][0]["id"]
    assert api.ServiceLevelObjective.delete(one)["data"] == [one]


def test_synthetic_tests() -> None:
    made = api.Synthetics.create_test(**_TEST)
    identity = made["public_id"]
    kept(_TEST, made, api.Synthetics.get_test(identity))
    changed = {**_TEST, "name": "Other", "tags": []}
    kept(changed, api.Synthetics.edit_test(identity, **changed), api.Synthetics.get_test(identity))
    assert identity in [one["public_id"] for one in api.Synthetics.get_all_tests()["tests"]]
    assert api.Synthetics.get_locations()["locations"]
    assert api.Synthetics.get_results(identity)["results"] == []
    assert api.Synthetics.start_or_pause_test(identity, new_status="live") is True
    assert api.Synthetics.get_test(identity)["status"] == "live"
    deleted = api.Synthetics.delete_test(public_ids=[identity])["deleted_tests"]
    assert [one["public_id"] for one in deleted] == [identity]
    gone(api.Synthetics.get_test, identity)


def test_users_roles_and_permissions() -> None:
    user = {"handle": "old@package.example.com", "name": "Old Package", "access_role": "ro"}
    made = api.User.create(**user)["user"]
    kept(user, made, api.User.get(user["handle"])["user"])
    kept(
        {"name": "N", "access_role": "st"},
        api.User.update(user["handle"], name="N", access_role="st")["user"],
    )
    assert user["handle"] in [one["handle"] for one in api.User.get_all()["users"]]
    api.User.delete(user["handle"])
    assert api.User.get(user["handle"])["user"]["disabled"] is True
    assert api.User.invite(emails=["old2@package.example.com"])
    permission = api.Permissions.get_all()["data"][0]
    role = api.Roles.create(data={"type": "roles", "attributes": {"name": "Old package"}})["data"]
    api.Roles.assign_permission(role["id"], data={"type": "permissions", "id": permission["id"]})
    held = api.Roles.get(role["id"])["data"]["relationships"]["permissions"]["data"]
    assert [one["id"] for one in held] == [permission["id"]]
    api.Roles.unassign_permission(role["id"], data={"type": "permissions", "id": permission["id"]})
    assert api.Roles.get(role["id"])["data"]["relationships"]["permissions"]["data"] == []
    renamed = {"data": {"type": "roles", "id": role["id"], "attributes": {"name": "Renamed role"}}}
    kept(renamed, api.Roles.update(role["id"], **renamed), api.Roles.get(role["id"]))
    assert role["id"] in [one["id"] for one in api.Roles.get_all()["data"]]
    api.Roles.delete(role["id"])
    gone(api.Roles.get, role["id"])


def test_events_and_comments() -> None:
    event = {
        "title": "Old package", "text": "t", "date_happened": NOW - 5, "priority": "low",
        "tags": ["team:old"],
        "alert_type": "warning", "host": "old-host", "source_type_name": "my_apps",
    }  # fmt: skip
    made = api.Event.create(**event, aggregation_key="k", device_name=["eth0"])
    kept(event, made["event"], api.Event.get(made["event"]["id"])["event"])
    found = api.Event.query(start=NOW - 60, end=NOW, priority="low", sources="my_apps", tags=["team:old"])
    assert [one["id"] for one in found["events"]] == [made["event"]["id"]]
    assert api.Event.query(start=NOW - 60, end=NOW, priority="normal", tags=["team:old"])["events"] == []
    comment = api.Comment.create(message="m", related_event_id=made["event"]["id"])["comment"]
    assert api.Comment.update(comment["id"], message="other")["comment"]["message"] == "other"


def test_hosts_tags_and_metrics() -> None:
    api.Metric.send(
        metric="old.package", points=[(NOW - 10, 1.0), (NOW, 2.0)], host="old-host", tags=["env:old"],
        type="gauge", interval=10,
    )  # fmt: skip
    api.ServiceCheck.check(
        check="old.check", host_name="old-host", status=1, tags=["env:old"], timestamp=NOW, message="m"
    )
    found = api.Metric.query(start=NOW - 60, end=NOW + 1, query="avg:old.package{env:old} by {host}")
    assert [one["scope"] for one in found["series"]] == ["env:old,host:old-host"]
    assert "old.package" in api.Metric.list(NOW - 3600)["metrics"]
    kept(
        {"description": "d", "unit": "byte"}, api.Metadata.update("old.package", description="d", unit="byte")
    )
    kept({"description": "d", "unit": "byte"}, api.Metadata.get("old.package"))
    assert api.Tag.create("old-host", tags=["role:web"], source="users")["tags"] == ["role:web"]
    assert api.Tag.update("old-host", tags=["role:db"], source="users")["tags"] == ["role:db"]
    assert "role:db" in api.Tag.get("old-host", source="users")["tags"]
    assert "role:db" in api.Tag.get("old-host", by_source=True)["tags"]["Users"]
    assert "old-host" in api.Tag.get_all(source="users")["tags"]["role:db"]
    api.Tag.delete("old-host", source="users")
    listed = api.Hosts.search(filter="old-host", sort_field="apps", sort_dir="asc", start=0, count=5)
    assert [one["name"] for one in listed["host_list"]] == ["old-host"]
    assert api.Hosts.totals()["total_active"] >= 1
    muted = api.Host.mute("old-host", end=NOW + 600, message="m", override=True)
    kept({"hostname": "old-host", "end": NOW + 600, "message": "m"}, muted)
    assert api.Host.unmute("old-host")["action"] == "Unmuted"
    assert api.Infrastructure.search(q="hosts:old-host")["results"]["hosts"] == ["old-host"]


def test_pictures_and_embedded_graphs() -> None:
    made = api.Graph.create(metric_query="avg:old.package{*}", start=NOW - 600, end=NOW, title="t")
    assert made["snapshot_url"]
    assert "status_code" in api.Graph.status(made["snapshot_url"])
    graph = api.Embed.create(
        graph_json='{"requests": [{"q": "avg:old.package{*}"}], "viz": "timeseries"}', timeframe="1_hour",
        size="medium", legend="no", title="Old",
    )  # fmt: skip
    assert api.Embed.get(graph["embed_id"])["embed_id"] == graph["embed_id"]
    assert graph["embed_id"] in [one["embed_id"] for one in api.Embed.get_all()["embedded_graphs"]]
    api.Embed.revoke(graph["embed_id"])
    api.Embed.enable(graph["embed_id"])
