"""Each call of dashboards, lists, notebooks, sharing, usage, powerpacks and annotations by the unmodified
clients: answers parse without unparsed objects, and what was sent comes back."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from datadog import api, initialize
from datadog_api_client import ApiClient
from datadog_api_client.exceptions import ApiException, NotFoundException
from datadog_api_client.v1.api.dashboard_lists_api import DashboardListsApi as Lists
from datadog_api_client.v1.api.dashboards_api import DashboardsApi
from datadog_api_client.v1.api.notebooks_api import NotebooksApi
from datadog_api_client.v1.model.dashboard import Dashboard
from datadog_api_client.v1.model.dashboard_bulk_delete_request import DashboardBulkDeleteRequest
from datadog_api_client.v1.model.dashboard_list import DashboardList
from datadog_api_client.v1.model.dashboard_restore_request import DashboardRestoreRequest
from datadog_api_client.v1.model.notebook_create_request import NotebookCreateRequest
from datadog_api_client.v1.model.notebook_update_request import NotebookUpdateRequest
from datadog_api_client.v1.model.shared_dashboard import SharedDashboard
from datadog_api_client.v1.model.shared_dashboard_invites import SharedDashboardInvites
from datadog_api_client.v1.model.shared_dashboard_update_request import SharedDashboardUpdateRequest
from datadog_api_client.v2.api.annotations_api import AnnotationsApi
from datadog_api_client.v2.api.dashboard_lists_api import DashboardListsApi as ListItems
from datadog_api_client.v2.api.dashboard_sharing_api import DashboardSharingApi
from datadog_api_client.v2.api.dashboards_api import DashboardsApi as Usage
from datadog_api_client.v2.api.powerpack_api import PowerpackApi
from datadog_api_client.v2.model.annotation_create_request import AnnotationCreateRequest
from datadog_api_client.v2.model.annotation_update_request import AnnotationUpdateRequest
from datadog_api_client.v2.model.dashboard_list_add_items_request import DashboardListAddItemsRequest
from datadog_api_client.v2.model.dashboard_list_delete_items_request import DashboardListDeleteItemsRequest
from datadog_api_client.v2.model.dashboard_list_update_items_request import DashboardListUpdateItemsRequest
from datadog_api_client.v2.model.powerpack import Powerpack

from tests.conftest import RunningServer

GUARDED = (
    "create_annotation", "delete_annotation", "get_page_annotations", "list_annotations", "update_annotation",
    "get_dashboard_usage", "list_dashboards_usage", "list_shared_dashboards_by_dashboard_id",
)  # fmt: skip
GRAPH = {
    "type": "timeseries",
    "title": "Load",
    "show_legend": True,
    "legend_layout": "auto",
    "legend_columns": ["avg", "max"],
    "time": {"live_span": "4h"},
    "requests": [
        {
            "response_format": "timeseries",
            "queries": [
                {"name": "a", "data_source": "metrics", "query": "avg:system.load.1{$host} by {host}"}
            ],
            "formulas": [{"formula": "a * 100", "alias": "load"}],
            "display_type": "bars",
            "style": {"palette": "cool", "line_type": "dashed", "line_width": "thick"},
            "on_right_yaxis": True,
        }
    ],
    "yaxis": {"scale": "log", "min": "1", "include_zero": False},
    "markers": [{"value": "y > 90", "display_type": "error dashed", "label": "full"}],
    "events": [{"q": "source:deploy"}],
    "custom_links": [{"label": "Host", "link": "https://x.example/{{host.value}}?e={{$host.value}}"}],
}
BOARD: dict[str, Any] = {
    "title": "All calls",
    "description": "**every** field",
    "layout_type": "ordered",
    "reflow_type": "fixed",
    "notify_list": [],
    "tags": ["team:core"],
    "template_variables": [
        {"name": "host", "prefix": "host", "available_values": ["a", "b"], "defaults": ["*"]},
        {"name": "by", "prefix": None, "default": "env"},
    ],
    "template_variable_presets": [
        {"name": "one", "template_variables": [{"name": "host", "values": ["a"]}]},
    ],
    "widgets": [
        {"definition": GRAPH, "layout": {"x": 0, "y": 0, "width": 6, "height": 3}},
        {
            "definition": {
                "type": "group",
                "title": "Group",
                "layout_type": "ordered",
                "background_color": "vivid_blue",
                "show_title": True,
                "widgets": [
                    {
                        "definition": {"type": "note", "content": "# Hi", "text_align": "center"},
                        "layout": {"x": 0, "y": 0, "width": 3, "height": 2},
                    }
                ],
            },
            "layout": {"x": 6, "y": 0, "width": 6, "height": 3},
        },
    ],
}
OWNED = {"id", "url", "author_handle", "author_name", "created_at", "modified_at"}


@pytest.fixture
def client(server: RunningServer) -> Iterator[ApiClient]:
    initialize(api_key=server.api_key, app_key=server.app_key, api_host=server.url, mute=False)
    with ApiClient(server.configuration(*GUARDED)) as opened:
        yield opened


def model(client: ApiClient, kind: type, body: Any) -> Any:
    """A request of the client's own models, made from JSON; none of it may be unknown to them."""
    made = client.deserialize(json.dumps(body), (kind,), True)
    assert not made._unparsed
    return made


def parsed(answer: Any) -> Any:
    assert not answer._unparsed, answer
    return answer


def own(value: Any) -> Any:
    """Without ids and what the server writes."""
    if isinstance(value, dict):
        return {key: own(item) for key, item in value.items() if key not in OWNED}
    return [own(item) for item in value] if isinstance(value, list) else value


def created(client: ApiClient, **more: Any) -> Any:
    return parsed(DashboardsApi(client).create_dashboard(model(client, Dashboard, {**BOARD, **more})))


def references(*ids: str) -> dict[str, Any]:
    return {"data": [{"id": one, "type": "dashboard"} for one in ids]}


def test_dashboards(client: ApiClient) -> None:
    boards = DashboardsApi(client)
    made = created(client)
    assert own(made.to_dict()) == own(model(client, Dashboard, BOARD).to_dict())
    assert own(api.Dashboard.get(made.id)) == BOARD
    changed = parsed(
        boards.update_dashboard(made.id, model(client, Dashboard, {**BOARD, "title": "Changed"}))
    )
    assert changed.title == "Changed"
    assert own(parsed(boards.get_dashboard(made.id)).to_dict()) == own(changed.to_dict())
    sent = api.Dashboard.update(made.id, **BOARD)
    assert own(sent) == BOARD
    listed = parsed(boards.list_dashboards(count=1000, start=0))
    assert made.id in [one.id for one in listed.dashboards]
    assert made.id in [one.id for one in boards.list_dashboards_with_pagination(count=2)]
    assert made.id in [one["id"] for one in api.Dashboard.get_all()["dashboards"]]
    assert parsed(boards.delete_dashboard(made.id)).deleted_dashboard_id == made.id
    assert made.id in [one.id for one in parsed(boards.list_dashboards(filter_deleted=True)).dashboards]
    boards.restore_dashboards(model(client, DashboardRestoreRequest, references(made.id)))
    assert parsed(boards.get_dashboard(made.id)).title == "All calls"
    boards.delete_dashboards(model(client, DashboardBulkDeleteRequest, references(made.id)))
    with pytest.raises(NotFoundException, match=f"Dashboard with ID {made.id} not found"):
        boards.get_dashboard(made.id)


def test_lists_and_their_items(client: ApiClient) -> None:
    lists, items, made = Lists(client), ListItems(client), created(client)
    first = parsed(lists.create_dashboard_list(DashboardList(name="First")))
    assert parsed(lists.update_dashboard_list(first.id, DashboardList(name="Second"))).name == "Second"
    assert parsed(lists.get_dashboard_list(first.id)).dashboard_count == 0
    assert first.id in [one.id for one in parsed(lists.list_dashboard_lists()).dashboard_lists]
    body = {"dashboards": [{"id": made.id, "type": "custom_timeboard"}]}
    added = parsed(
        items.create_dashboard_list_items(first.id, model(client, DashboardListAddItemsRequest, body))
    )
    assert [one.id for one in added.added_dashboards_to_list] == [made.id]
    shown = parsed(items.get_dashboard_list_items(first.id))
    assert [(one.id, one.type.value) for one in shown.dashboards] == [(made.id, "custom_timeboard")]
    replaced = items.update_dashboard_list_items(
        first.id, model(client, DashboardListUpdateItemsRequest, body)
    )
    assert [one.id for one in parsed(replaced).dashboards] == [made.id]
    removed = items.delete_dashboard_list_items(
        first.id, model(client, DashboardListDeleteItemsRequest, body)
    )
    assert [one.id for one in parsed(removed).deleted_dashboards_from_list] == [made.id]
    assert parsed(lists.delete_dashboard_list(first.id)).deleted_dashboard_list_id == first.id
    with pytest.raises(NotFoundException, match=f"Manual Dashboard List with id {first.id} not found"):
        lists.get_dashboard_list(first.id)


def cells(*definitions: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "type": "notebook_cells",
            "attributes": {"definition": one, **({} if one["type"] == "markdown" else {"graph_size": "m"})},
        }
        for one in definitions
    ]


QUERY = {"q": "avg:system.load.1{*} by {host}"}
NOTEBOOK_CELLS = (
    {"type": "markdown", "text": "## What happened"},
    {"type": "timeseries", "show_legend": True, "requests": [{**QUERY, "display_type": "line"}]},
    {"type": "toplist", "requests": [QUERY]},
    {"type": "heatmap", "requests": [QUERY]},
    {"type": "distribution", "requests": [QUERY]},
    {"type": "log_stream", "query": "service:web", "indexes": [], "columns": ["host", "service"]},
)


def test_notebooks_of_every_cell(client: ApiClient) -> None:
    notebooks = NotebooksApi(client)
    attributes = {
        "name": "Calls",
        "status": "published",
        "time": {"live_span": "1h"},
        "metadata": {"type": "postmortem", "is_template": False, "take_snapshots": False},
        "cells": cells(*NOTEBOOK_CELLS),
    }
    body = {"data": {"type": "notebooks", "attributes": attributes}}
    made = parsed(notebooks.create_notebook(model(client, NotebookCreateRequest, body))).data
    back = parsed(notebooks.get_notebook(made.id)).data.to_dict()["attributes"]
    assert [cell["attributes"]["definition"]["type"] for cell in back["cells"]] == [
        one["type"] for one in NOTEBOOK_CELLS
    ]
    assert back["metadata"]["type"] == "postmortem"
    fixed = {"start": "2026-01-01T00:00:00+00:00", "end": "2026-01-02T00:00:00+00:00"}
    attributes |= {"name": "Calls 2", "time": fixed, "cells": cells(NOTEBOOK_CELLS[0])}
    changed = parsed(notebooks.update_notebook(made.id, model(client, NotebookUpdateRequest, body)))
    assert len(changed.data.attributes.cells) == 1
    listed = parsed(
        notebooks.list_notebooks(
            query="calls 2", include_cells=True, type="postmortem", count=10, start=0, is_template=False
        )
    )
    assert [one.id for one in listed.data] == [made.id]
    assert made.id in [one.id for one in notebooks.list_notebooks_with_pagination(count=1)]
    notebooks.delete_notebook(made.id)
    with pytest.raises(NotFoundException, match="Notebook not found"):
        notebooks.delete_notebook(made.id)


def invitation(*emails: str) -> dict[str, Any]:
    return {"data": [{"type": "public_dashboard_invitation", "attributes": {"email": one}} for one in emails]}


def test_public_sharing(client: ApiClient) -> None:
    boards, made = DashboardsApi(client), created(client)
    sharing: dict[str, Any] = {
        "dashboard_id": made.id,
        "dashboard_type": "custom_timeboard",
        "share_type": "invite",
        "share_list": ["a@example.com"],
        "global_time": {"live_span": "4h"},
        "global_time_selectable_enabled": False,
        "selectable_template_vars": [{"name": "host", "prefix": "host", "default_value": "*"}],
        "expiration": "2099-01-01T00:00:00+00:00",
    }
    shared = parsed(boards.create_public_dashboard(model(client, SharedDashboard, sharing)))
    assert shared.public_url.endswith(shared.token)
    assert shared.global_time.live_span.value == "4h"
    back = parsed(boards.get_public_dashboard(shared.token))
    assert back.dashboard_id == made.id
    assert back.expiration.year == 2099
    body = {"share_type": "open", "global_time": {"live_span": "1w"}, "share_list": []}
    changed = parsed(
        boards.update_public_dashboard(shared.token, model(client, SharedDashboardUpdateRequest, body))
    )
    assert changed.share_type.value == "open"
    invites = model(client, SharedDashboardInvites, invitation("a@example.com", "b@example.com"))
    sent = parsed(boards.send_public_dashboard_invitation(shared.token, invites))
    assert [one.attributes.email for one in sent.data.value] == ["a@example.com", "b@example.com"]
    listed = parsed(
        boards.get_public_dashboard_invitations(shared.token, page_size=1, page_number=1)
    ).to_dict()
    assert [one["attributes"]["email"] for one in listed["data"]] == ["b@example.com"]
    gone = model(client, SharedDashboardInvites, invitation("a@example.com"))
    boards.delete_public_dashboard_invitation(shared.token, gone)
    assert parsed(boards.get_public_dashboard_invitations(shared.token)).meta.page.total_count == 1
    of_board = parsed(DashboardSharingApi(client).list_shared_dashboards_by_dashboard_id(made.id))
    assert len(of_board.data) == 1
    assert made.id in [one.id for one in parsed(boards.list_dashboards(filter_shared=True)).dashboards]
    deleted = parsed(boards.delete_public_dashboard(shared.token))
    assert deleted.deleted_public_dashboard_token == shared.token
    assert made.id not in [one.id for one in boards.list_dashboards(filter_shared=True).dashboards]
    with pytest.raises(NotFoundException):
        boards.get_public_dashboard(shared.token)
    with pytest.raises(NotFoundException, match="custom_timeboard abc-123-def not found"):
        boards.create_public_dashboard(
            model(client, SharedDashboard, {**sharing, "dashboard_id": "abc-123-def"})
        )


def test_usage(client: ApiClient) -> None:
    usage, made = Usage(client), created(client)
    one = parsed(usage.get_dashboard_usage(made.id)).data
    assert one.attributes.widget_count == 3
    assert one.attributes.title == "All calls"
    listed = parsed(usage.list_dashboards_usage(page_limit=2, page_offset=0))
    assert len(listed.data) <= 2
    assert made.id in [item.id for item in usage.list_dashboards_usage_with_pagination(page_limit=3)]
    parsed(usage.list_dashboards_usage(filter_edited_before="2020-01-01T00:00:00Z"))
    with pytest.raises(NotFoundException, match="Dashboard not found for dashboard_id=xxx-xxx-xxx"):
        usage.get_dashboard_usage("xxx-xxx-xxx")
    with pytest.raises(ApiException, match="Input should be less than or equal to 500"):
        usage.list_dashboards_usage(page_limit=501)


def test_powerpacks(client: ApiClient) -> None:
    packs = PowerpackApi(client)
    group = {
        "type": "group",
        "title": "Pack",
        "layout_type": "ordered",
        "show_title": True,
        "widgets": [
            {
                "definition": {"type": "note", "content": "$host"},
                "layout": {"x": 0, "y": 0, "width": 3, "height": 2},
            }
        ],
    }
    attributes = {
        "name": "Pack",
        "description": "text",
        "tags": ["tag:a"],
        "group_widget": {"definition": group, "layout": {"x": 0, "y": 0, "width": 12, "height": 3}},
        "template_variables": [{"name": "host", "defaults": ["*"]}],
    }
    body = {"data": {"type": "powerpack", "attributes": attributes}}
    made = parsed(packs.create_powerpack(model(client, Powerpack, body))).data
    assert made.to_dict()["attributes"] == model(client, Powerpack, body).to_dict()["data"]["attributes"]
    assert parsed(packs.get_powerpack(made.id)).data.attributes.name == "Pack"
    attributes["name"] = "Pack 2"
    changed = parsed(packs.update_powerpack(made.id, model(client, Powerpack, body)))
    assert changed.data.attributes.name == "Pack 2"
    assert made.id in [one.id for one in parsed(packs.list_powerpacks(page_limit=1000)).data]
    assert made.id in [one.id for one in packs.list_powerpacks_with_pagination(page_limit=1)]
    packs.delete_powerpack(made.id)
    with pytest.raises(NotFoundException, match=f"Powerpack with ID {made.id} not found"):
        packs.get_powerpack(made.id)
    with pytest.raises(NotFoundException, match="Powerpack has invalid UUID made-up-id not found"):
        packs.delete_powerpack("made-up-id")


def annotation(page: str, start: int, **more: Any) -> dict[str, Any]:
    attributes = {
        "page_id": page,
        "color": "blue",
        "description": "Deployment",
        "start_time": start,
        "type": "pointInTime",
        **more,
    }
    return {"data": {"type": "annotation", "attributes": attributes}}


def test_annotations(client: ApiClient) -> None:
    notes, page, now = AnnotationsApi(client), f"dashboard:{created(client).id}", int(time.time() * 1000)
    point = parsed(
        notes.create_annotation(model(client, AnnotationCreateRequest, annotation(page, now)))
    ).data
    region = annotation(page, now, type="timeRegion", end_time=now + 60_000, widget_ids=["7"], color="red")
    span = parsed(notes.create_annotation(model(client, AnnotationCreateRequest, region))).data
    assert (point.attributes.end_time, span.attributes.end_time) == (None, now + 60_000)
    assert point.attributes.author_id
    listed = parsed(notes.list_annotations(page, now - 1000, now + 1000))
    assert {one.id for one in listed.data} == {point.id, span.id}
    assert [one.id for one in notes.list_annotations(page, now - 1, now + 1, widget_id="7").data] == [span.id]
    # A range counts as long as it lasts, a moment does not.
    assert [one.id for one in notes.list_annotations(page, now + 30_000, now + 90_000).data] == [span.id]
    shown = parsed(notes.get_page_annotations(page, now - 1000, now + 1000)).data.to_dict()
    assert [str(one) for one in shown["attributes"]["global_annotations"]] == [str(point.id)]
    mapping = shown["attributes"]["widget_mapping"]
    assert {key: [str(one) for one in ids] for key, ids in mapping.items()} == {"7": [str(span.id)]}
    assert set(shown["attributes"]["annotations"]) == {str(point.id), str(span.id)}
    changed = annotation(page, now + 5, description="Rollback")
    after = parsed(
        notes.update_annotation(point.id, model(client, AnnotationUpdateRequest, changed))
    ).data.attributes
    assert (after.description, after.start_time) == ("Rollback", now + 5)
    for one in (point, span):
        notes.delete_annotation(one.id)
    assert parsed(notes.list_annotations(page, now - 1000, now + 1000)).data == []
    with pytest.raises(NotFoundException, match="not found"):
        notes.update_annotation(uuid.uuid4(), model(client, AnnotationUpdateRequest, changed))
    wrong = annotation(page, now, type="timeRegion")
    with pytest.raises(ApiException, match="timeRegion needs one"):
        notes.create_annotation(model(client, AnnotationCreateRequest, wrong))


def test_a_password_protects_a_shared_dashboard(server: RunningServer, client: ApiClient) -> None:
    body = {"dashboard_id": created(client).id, "dashboard_type": "custom_timeboard", "share_type": "open"}
    manage = f"{server.url}/api/v1/dashboard/public"
    short = requests.post(manage, json={**body, "password": "short"}, headers=server.headers, timeout=30)
    assert (short.status_code, "8 to 200" in short.text) == (400, True)
    made = requests.post(manage, json={**body, "password": "open sesame"}, headers=server.headers, timeout=30)
    assert made.json()["password_protected"] is True
    assert "sesame" not in made.text
    public = f"{server.url}/api/public/dashboards/{made.json()['token']}"
    assert requests.get(public, timeout=30).status_code == 401
    assert requests.post(f"{public}/query", json={"queries": []}, timeout=30).status_code == 401
    wrong = requests.post(f"{public}/unlock", json={"password": "guess"}, timeout=30)
    assert (wrong.status_code, wrong.json()["errors"]) == (403, ["Wrong password"])
    key = requests.post(f"{public}/unlock", json={"password": "open sesame"}, timeout=30).json()["key"]
    unlocked = {"X-Share-Unlock": key}
    assert requests.get(public, headers=unlocked, timeout=30).json()["title"] == "All calls"
    change = {"password": "another one"}
    requests.put(f"{manage}/{made.json()['token']}", json=change, headers=server.headers, timeout=30)
    assert requests.get(public, headers=unlocked, timeout=30).status_code == 401
    change = {"password": None}
    requests.put(f"{manage}/{made.json()['token']}", json=change, headers=server.headers, timeout=30)
    assert requests.get(public, timeout=30).status_code == 200


def test_the_gallery_offers_dashboards_and_monitors_that_are_valid(
    server: RunningServer, client: ApiClient
) -> None:
    found = requests.get(f"{server.url}/api/ui/dashboards/gallery", headers=server.headers, timeout=60)
    entries = found.json()["entries"]
    names = {"system", "apm", "kubernetes", "heeler", "mongo", "postgres", "redisdb", "http_check"}
    assert names <= {one["integration"] for one in entries}
    for entry in entries:
        board = parsed(DashboardsApi(client).get_dashboard(entry["id"])).to_dict()
        assert board["widgets"]
        assert entry["monitors"], entry["title"]
        for monitor in entry["monitors"]:
            url = f"{server.url}/api/v1/monitor/validate"
            valid = requests.post(url, json=monitor, headers=server.headers, timeout=60)
            assert valid.status_code == 200, f"{monitor['name']}: {valid.text}"
