"""What stands beside a dashboard's graphs: annotations, scheduled reports, the gallery, what was deleted."""

from __future__ import annotations

import requests
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Held, Shot
from tests.conftest import RunningServer

GRAPH = {
    "type": "timeseries",
    "title": "CPU",
    "requests": [{"q": "avg:system.cpu.user{*}", "display_type": "line"}],
}


def board(site: RunningServer, title: str, *definitions: dict[str, object]) -> str:
    body = {
        "title": title,
        "layout_type": "ordered",
        "widgets": [{"definition": one} for one in definitions],
    }
    made = requests.post(f"{site.url}/api/v1/dashboard", json=body, headers=site.headers, timeout=60)
    assert made.status_code == 200, made.text
    identity: str = made.json()["id"]
    return identity


def open_menu(page: Page, entry: str) -> None:
    page.get_by_role("button", name="Dashboard menu").click()
    page.get_by_role("menuitem", name=entry).click()


def test_annotations_are_added_and_deleted(site: RunningServer, page: Page, shot: Shot) -> None:
    identity = board(site, "With notes", GRAPH)
    page.goto(f"/dashboard/{identity}")
    open_menu(page, "Annotations")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Description").fill("Deployment of 2.0")
    dialog.get_by_role("button", name="Add annotation").click()
    expect(dialog.get_by_text("Deployment of 2.0")).to_be_visible()
    shot(page, "annotations")
    dialog.get_by_role("button", name="Delete annotation Deployment of 2.0").click()
    expect(dialog.get_by_text("No annotations in the selected time range")).to_be_visible()


def test_a_report_is_scheduled_paused_and_deleted(site: RunningServer, page: Page, shot: Shot) -> None:
    page.goto(f"/dashboard/{board(site, 'To be sent', GRAPH)}")
    open_menu(page, "Scheduled reports")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Recipients").fill("a@example.com, b@example.com")
    dialog.get_by_role("button", name="Schedule report").click()
    expect(dialog.get_by_text("Every Monday at 09:00")).to_be_visible()
    shot(page, "reports")
    dialog.get_by_role("button", name="Pause").click()
    expect(dialog.get_by_text("Paused")).to_be_visible()
    dialog.get_by_role("button", name="Delete report To be sent").click()
    expect(dialog.get_by_text("No reports scheduled")).to_be_visible()


def test_a_deleted_dashboard_comes_back(site: RunningServer, page: Page) -> None:
    identity = board(site, "Lost and found", GRAPH)
    requests.delete(f"{site.url}/api/v1/dashboard/{identity}", headers=site.headers, timeout=60)
    page.goto("/dashboard/lists")
    page.get_by_role("button", name="Deleted").click()
    row = page.get_by_role("dialog").get_by_role("listitem").filter(has_text="Lost and found")
    row.get_by_role("button", name="Restore").click()
    expect(row).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Lost and found")).to_be_visible()


def test_a_board_restored_before_the_list_is_there_is_in_it(site: RunningServer, page: Page) -> None:
    identity = board(site, "Found early", GRAPH)
    requests.delete(f"{site.url}/api/v1/dashboard/{identity}", headers=site.headers, timeout=60)
    late: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if late:
            route.fallback()
        else:
            late.append(route)

    page.route("**/api/ui/dashboards", hold_the_first)
    page.goto("/dashboard/lists")
    page.get_by_role("button", name="Deleted").click()
    row = page.get_by_role("dialog").get_by_role("listitem").filter(has_text="Found early")
    expect(row).to_be_visible()
    before = late[0].fetch()
    row.get_by_role("button", name="Restore").click()
    expect(row).to_have_count(0)
    late[0].fulfill(response=before)
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Found early")).to_be_visible()


def test_the_gallery_leads_to_dashboards_and_monitors(page: Page, shot: Shot) -> None:
    page.goto("/dashboard/lists")
    page.get_by_role("button", name="Gallery").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("link", name="System overview")).to_be_visible()
    expect(dialog.get_by_text("Receiving data").first).to_be_visible()
    shot(page, "gallery")
    dialog.get_by_role("link", name="Create monitor: A disk is nearly full").click()
    expect(page.get_by_role("heading", name="New monitor")).to_be_visible()


def test_a_wildcard_is_drawn_under_the_pages_policy(site: RunningServer, page: Page, shot: Shot) -> None:
    query = {"name": "a", "data_source": "metrics", "query": "avg:system.cpu.user{*} by {host}"}
    wildcard = {
        "type": "wildcard",
        "title": "Bars",
        "requests": [{"response_format": "scalar", "queries": [query], "formulas": [{"formula": "a"}]}],
        "specification": {
            "type": "vega-lite",
            "contents": {
                "data": {"name": "table1"},
                "transform": [{"calculate": "datum.a * 2", "as": "twice"}],
                "mark": "bar",
                "encoding": {
                    "x": {"field": "host", "type": "nominal"},
                    "y": {"field": "twice", "type": "quantitative"},
                },
            },
        },
    }
    page.goto(f"/dashboard/{board(site, 'Vega', wildcard)}")
    panel = page.locator("section[data-widget=wildcard]")
    expect(panel.locator("svg .mark-rect path").first).to_be_visible()
    shot(page, "wildcard")


def test_odd_definitions_leave_the_rest_of_the_dashboard(site: RunningServer, page: Page, shot: Shot) -> None:
    logs = {"data_source": "logs_stream", "query_string": "odd:none"}
    lists: list[dict[str, object]] = [
        {"query": logs, "columns": {}},
        {"query": logs, "columns": [None]},
        {"query": {**logs, "sort": {"column": 1}}},
        {"query": {"data_source": 5}},
    ]
    odd: list[dict[str, object]] = [{"type": "list_stream", "requests": [one]} for one in lists]
    odd.append({"type": "query_table", "requests": [{"apm_stats_query": {"columns": [{}]}}]})
    page.goto(f"/dashboard/{board(site, 'Odd', GRAPH, *odd)}")
    graph = page.locator("section[data-widget=timeseries]")
    expect(graph.locator("canvas").first).to_be_visible()
    expect(page.locator("section[data-widget=list_stream]")).to_have_count(4)
    expect(page.get_by_text("No 5 data is stored here")).to_be_visible()
    expect(page.get_by_text("Column '' is no trace statistic")).to_be_visible()
    shot(page, "odd-definitions")


def test_figures_of_another_time_range_are_marked(site: RunningServer, page: Page, shot: Shot) -> None:
    page.goto(f"/dashboard/{board(site, 'Time', GRAPH)}")
    graph = page.locator("section[data-widget=timeseries]")
    expect(graph.locator("canvas").first).to_be_visible()
    former = graph.locator("[aria-busy=true]")
    expect(former).to_have_count(0)
    held = Held(page, "**/api/**", lambda request: "/query" in request.url)
    page.get_by_role("button", name="Time range").click()
    page.get_by_role("button", name="Past 4 Hours").click()
    expect(former).to_have_count(1)
    expect(former.locator("> div")).to_have_css("opacity", "0.5")
    shot(page, "dashboard-former")
    held.release()
    expect(former).to_have_count(0)
