"""Logs > Pipelines, Indexes, Generate Metrics and Saved Views in the browser."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults, Shot, confirm, post
from tests.conftest import RunningServer


@pytest.fixture(scope="module")
def proxy(site: RunningServer) -> RunningServer:
    now = int(time.time() * 1000)
    lines = [
        {
            "message": f"GET /cart/{place} {(200, 503)[place % 2]} in {place + 5} ms",
            "service": "proxy", "ddsource": "edgeproxy", "hostname": "edge-1", "ddtags": "env:prod",
            "timestamp": now - place * 1000,
        }
        for place in range(12)
    ]  # fmt: skip
    for line in lines:
        post(site, "/api/v2/logs", [line])
    return site


@pytest.mark.usefixtures("proxy")
def test_a_pipeline_is_written_tested_on_recent_lines_and_ordered(
    page: Page, shot: Shot, faults: Faults
) -> None:
    faults.expect("/api/ui/logs/pipelines/test)")  # half a rule is refused
    page.goto("/logs/pipelines")
    page.get_by_role("button", name="New pipeline").first.click()
    page.get_by_label("Name", exact=True).fill("Proxy lines")
    page.get_by_label("Filter", exact=True).fill("source:edgeproxy")
    page.get_by_label("Description").click()
    tested = page.get_by_role("list", name="Tested lines")
    expect(tested.get_by_role("button")).to_have_count(10)
    page.get_by_role("button", name="Add processor").click()
    page.get_by_role("menuitem", name="Grok parser").click()
    rule = r"line %{word:http.method} %{notSpace:http.url} %{integer:http.status_code} in %{integer:ms} ms"
    page.get_by_label("Parsing rules").fill("line %{nothing:x}")
    expect(page.get_by_text("unknown matcher nothing")).to_be_visible()
    page.get_by_label("Parsing rules").fill(rule)
    expect(page.get_by_text("Applied to 10 of 10")).to_be_visible()
    page.get_by_role("button", name="Add processor").click()
    page.get_by_role("menuitem", name="GeoIP parser").click()
    page.get_by_label("Attributes", exact=True).fill("http.method")
    steps = page.get_by_role("list", name="Steps")
    expect(steps.get_by_text("no GeoIP database is configured")).to_be_visible()
    expect(steps.get_by_text("@http.status_code:").first).to_contain_text(re.compile("200|503"))
    shot(page, "log-pipeline")
    # The second goes before the first by the keyboard.
    order = page.get_by_role("list", name="Processors")
    order.get_by_role("button", name="Move GeoIP parser").press("ArrowUp")
    expect(order.get_by_role("listitem").first).to_contain_text("GeoIP parser")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile("/logs/pipelines/[A-Za-z0-9_-]{10,}"))
    page.get_by_role("tab", name="After").click()
    expect(page.get_by_text('"status_code"')).to_be_visible()


@pytest.mark.usefixtures("proxy")
def test_pipelines_are_listed_moved_disabled_cloned_and_deleted(page: Page, shot: Shot) -> None:
    page.goto("/logs/pipelines/new?query=service:proxy")
    page.get_by_label("Name", exact=True).fill("Second")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile("/logs/pipelines/[A-Za-z0-9_-]{10,}"))
    page.goto("/logs/pipelines")
    listed = page.get_by_role("list", name="Pipelines")
    row = listed.get_by_role("listitem").filter(has_text="Second")
    expect(row).to_contain_text("service:proxy")
    row.get_by_role("button", name="Move Second").press("ArrowUp")
    expect(page.get_by_text("Order saved")).to_be_visible()
    expect(listed.get_by_role("listitem").nth(-2)).to_contain_text("Second")
    # By the mouse, back to below the other one.
    listed.get_by_role("button", name="Move Second").drag_to(listed.get_by_role("listitem").last)
    expect(listed.get_by_role("listitem").last).to_contain_text("Second")
    row.get_by_role("checkbox").click()
    expect(row.get_by_role("checkbox")).not_to_be_checked()
    shot(page, "log-pipelines")
    row.get_by_role("button", name="Clone Second").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Second (copy)")
    page.goto("/logs/pipelines")
    row.get_by_role("button", name="Delete Second").click()
    confirm(page, "Delete")
    expect(row).to_have_count(0)


def test_an_index_with_an_exclusion_filter(page: Page, shot: Shot, faults: Faults) -> None:
    faults.expect("/api/v1/logs/config/indexes)")  # a retention that is too long
    page.goto("/logs/indexes")
    page.get_by_role("button", name="New index").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name", exact=True).fill("browser")
    dialog.get_by_label("Filter", exact=True).fill("service:nowhere")
    dialog.get_by_label("Retention (days)").fill("400")
    dialog.get_by_label("Daily limit (logs)").fill("1000")
    dialog.get_by_label("Warn at (%)").fill("80")
    dialog.get_by_role("button", name="Add exclusion filter").click()
    dialog.get_by_label("Name", exact=True).last.fill("Debug")
    dialog.get_by_label("Query of exclusion filter 1").fill("status:debug")
    dialog.get_by_label("Excluded share (%)").fill("50")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("'num_retention_days' must be")).to_be_visible()
    shot(page, "log-index")
    dialog.get_by_label("Retention (days)").fill("7")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("list", name="Indexes").get_by_role("listitem").filter(has_text="browser")
    expect(row).to_contain_text("7 days · 1,000 logs a day · 1 exclusion filter")
    row.get_by_role("button", name="browser", exact=True).click()
    expect(page.get_by_role("dialog").get_by_label("Excluded share (%)")).to_have_value("50")
    page.get_by_role("button", name="Cancel").click()
    row.get_by_role("button", name="Delete browser").click()
    confirm(page, "Delete")
    expect(row).to_have_count(0)


@pytest.mark.usefixtures("proxy")
def test_a_metric_is_generated(page: Page, shot: Shot) -> None:
    page.goto("/logs/generate-metrics?new=1&query=service:proxy&group_by=status")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Filter", exact=True)).to_have_value("service:proxy")
    expect(dialog.locator("canvas").first).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("browser.proxy.lines")
    shot(page, "log-metric")
    dialog.get_by_role("button", name="Create metric").click()
    table = page.get_by_role("table", name="Metrics from logs")
    expect(table.get_by_text("browser.proxy.lines")).to_be_visible()
    table.get_by_role("button", name="Delete browser.proxy.lines").click()
    confirm(page, "Delete")
    expect(page.get_by_text("browser.proxy.lines")).to_have_count(0)


@pytest.mark.usefixtures("proxy")
def test_saved_views_are_managed(page: Page, shot: Shot) -> None:
    page.goto("/logs?query=service:proxy")
    page.get_by_role("button", name="Views").first.click()
    page.get_by_role("menuitem", name=re.compile("Save as|Save view")).first.click()
    page.get_by_role("dialog").get_by_label("Name").fill("Proxy only")
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Proxy only")).to_be_visible()
    page.goto("/logs/saved-views")
    table = page.get_by_role("table", name="Saved views")
    expect(table).to_contain_text("service:proxy")
    table.get_by_role("button", name="Edit Proxy only").click()
    page.get_by_role("dialog").get_by_label("Name").fill("Proxy of all")
    page.get_by_role("dialog").get_by_role("button", name="Only you").click()
    page.get_by_role("menuitem", name="Everyone").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(table).to_contain_text("Everyone")
    table.get_by_role("button", name="Make Proxy of all your default view").click()
    expect(table.get_by_text("Default", exact=True)).to_be_visible()
    shot(page, "log-views")
    table.get_by_role("link", name="Proxy of all").click()
    expect(page.get_by_label("Search query")).to_have_value("service:proxy")
    page.goto("/logs/saved-views")
    table.get_by_role("button", name="Delete Proxy of all").click()
    confirm(page, "Delete")
    expect(page.get_by_text("Proxy of all")).to_have_count(0)
