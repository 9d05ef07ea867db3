"""What a person does with an error: finds it by a customer's id, sees what was around it, and keeps watch."""

from __future__ import annotations

import json
import re
import time

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Faults, Shot, post
from tests.browser.test_people import api, log_in, member, tab_of
from tests.conftest import RunningServer

#: One of the fleet, whose metrics stand beside the logs: a host more would be in the charts of other tests.
HOST = "cache-1"
TRACE = "6b049d8400000000aa81457cec6fd5a6"


@pytest.fixture(scope="module")
def payments(site: RunningServer) -> RunningServer:
    rule = "pay payment of order %{integer:order.id} for %{notSpace:customer} %{data:outcome} in %{data}"
    pipeline = {
        "name": "Payment lines",
        "is_enabled": True,
        "filter": {"query": "source:till"},
        "processors": [
            {
                "type": "grok-parser", "name": "Parse payments", "is_enabled": True, "source": "message",
                "grok": {"match_rules": rule},
            }
        ],
    }  # fmt: skip
    post(site, "/api/v1/logs/config/pipelines", pipeline)
    now = int(time.time() * 1000)
    lines = []
    for place in range(60):
        failed = place % 20 == 7
        outcome = "failed: card declined" if failed else "accepted"
        fields = {
            "message": f"payment of order {1000 + place} for c-{place} {outcome} in {place + 3} ms",
            "level": "error" if failed else "info",
            "usr": {"id": f"c-{place}"},
            **({"dd": {"trace_id": TRACE}} if failed else {}),
        }
        lines.append(
            {
                "message": json.dumps(fields), "service": "till", "ddsource": "till", "hostname": HOST,
                "ddtags": "env:prod", "timestamp": now - (60 - place) * 1000,
            }
        )  # fmt: skip
    post(site, "/api/v2/logs", lines)
    return site


@pytest.mark.usefixtures("payments")
def test_an_error_its_surroundings_and_where_its_attributes_come_from(
    page: Page, faults: Faults, shot: Shot
) -> None:
    faults.expect(f"/traces/{TRACE})")  # of which no spans were sent
    page.goto("/logs?query=%40usr.id%3Ac-27")
    table = page.get_by_role("table", name="Logs")
    table.get_by_role("row").nth(1).click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("payment of order 1027 for c-27 failed: card declined")
    panel.get_by_role("tab", name="View in context").click()
    expect(panel.get_by_text("payment of order 1017 ")).to_be_visible()
    later = panel.get_by_role("link", name=re.compile("info.*payment of order 1037 "))
    expect(later).to_be_visible()
    shot(page, "log-context")
    later.click()
    expect(panel).to_contain_text("payment of order 1037 for c-37 accepted")
    page.go_back()
    expect(panel).to_contain_text("payment of order 1027 for c-27 failed: card declined")
    panel.get_by_role("tab", name="Trace").click()
    expect(panel.get_by_role("link", name=TRACE)).to_have_attribute("href", re.compile(f"/apm/trace/{TRACE}"))
    expect(panel.get_by_text("No spans of this trace are stored")).to_be_visible()
    panel.get_by_role("tab", name="Metrics").click()
    expect(panel.locator("canvas").first).to_be_visible()
    shot(page, "log-host-metrics")
    panel.get_by_role("tab", name="Attributes").click()
    panel.get_by_role("button", name="1027").click()
    page.get_by_role("menuitem", name="Where does @order.id come from?").click()
    origins = panel.get_by_role("table", name="Attributes set by processors")
    row = origins.get_by_role("row").filter(has_text="@order.id")
    expect(row).to_contain_text("Parse payments")
    expect(panel.get_by_text("@usr.id")).to_be_visible()  # sent with the log
    shot(page, "log-origins")
    row.get_by_role("link").click()
    expect(page.get_by_label("Name", exact=True)).to_have_value("Payment lines")


@pytest.mark.usefixtures("payments")
def test_a_pattern_becomes_a_monitor(page: Page, shot: Shot) -> None:
    page.goto("/logs?query=service%3Atill%20status%3Aerror&viz=pattern")
    page.get_by_role("button", name=re.compile("card declined")).first.click()
    panel = page.get_by_role("dialog")
    panel.get_by_role("button", name="Create monitor").click()
    query = page.get_by_label("Search query")
    expect(query).to_have_value(re.compile('^service:till status:error .*"failed: card declined in"'))
    expect(page.get_by_label("Name")).to_have_value(re.compile("^Pattern: payment of order"))
    shot(page, "log-pattern-monitor")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page).to_have_url(re.compile(r"/monitors/\d+"))


def test_a_view_for_the_team_is_opened_by_another_of_the_team(
    page: Page, chromium: Browser, payments: RunningServer, faults: Faults, shot: Shot
) -> None:
    colleague = member(payments, "colleague@example.com", "Heeler Standard Role")
    team = {"name": "Till", "handle": "till"}
    made = api(payments, "POST", "/api/v2/team", {"data": {"type": "team", "attributes": team}})["data"]
    own = api(payments, "GET", "/api/v2/current_user")["data"]["id"]
    for user in (own, colleague):
        relationships = {"user": {"data": {"type": "users", "id": user}}}
        joined = {"data": {"type": "team_memberships", "attributes": {}, "relationships": relationships}}
        api(payments, "POST", f"/api/v2/team/{made['id']}/memberships", joined)  # type: ignore[index]

    page.goto("/logs?query=service%3Atill%20status%3Aerror")
    table = page.get_by_role("table", name="Logs")
    expect(table).to_contain_text("card declined")
    page.get_by_role("button", name="Views").first.click()
    page.get_by_role("menuitem", name="Save as new view").click()
    dialog = page.get_by_role("dialog", name="Save view")
    dialog.get_by_label("Name").fill("Declined payments of Till")
    dialog.get_by_role("button", name="Only you").click()
    page.get_by_role("menuitem", name="Team Till").click()
    expect(dialog.get_by_role("button", name="Team Till")).to_be_visible()
    shot(page, "log-view-save")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("View saved")).to_be_visible()
    page.get_by_role("button", name="Declined payments of Till").wait_for()

    faults.expect("401")
    faults.expect(f"/traces/{TRACE})")
    theirs = tab_of(chromium, payments)
    faults.watch(theirs.context)
    log_in(theirs, "colleague@example.com")
    theirs.get_by_role("heading", name="Preferences").wait_for()
    theirs.goto("/logs")
    expect(theirs.get_by_role("table", name="Logs").get_by_role("row").nth(1)).to_be_visible()
    theirs.get_by_role("button", name="Views").first.click()
    shared = theirs.get_by_role("menuitem").or_(theirs.get_by_role("menuitemcheckbox"))
    shot(theirs, "log-view-menu")
    shared.filter(has_text="Team Till").click()
    seen = theirs.get_by_role("table", name="Logs")
    expect(seen).to_contain_text("card declined")
    expect(seen).not_to_contain_text("accepted")
    seen.get_by_role("row").nth(1).click()
    panel = theirs.get_by_role("dialog")
    expect(panel).to_contain_text("failed: card declined")
    panel.get_by_role("tab", name="Trace").click()
    expect(panel.get_by_role("link", name=TRACE)).to_be_visible()
    shot(theirs, "log-view-colleague")
    theirs.context.close()


@pytest.mark.usefixtures("payments")
def test_analytics_are_drawn_as_a_pie_and_exported(page: Page, shot: Shot) -> None:
    page.goto("/logs?query=service%3Atill&viz=pie&agg_q=status")
    expect(page.get_by_role("img", name="Pie of 2 groups")).to_be_visible()
    expect(page.get_by_text("95.0%")).to_be_visible()
    shot(page, "log-pie")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("menuitem", name="Export to dashboard").click()
    page.get_by_label("Name of the new dashboard").fill("Tills")
    page.get_by_role("button", name="Add to dashboard").click()
    expect(page).to_have_url(re.compile("/dashboard/"))
    expect(page.get_by_text("Logs by status: service:till")).to_be_visible()
    # Once more, onto the same dashboard.
    page.goto("/logs?query=service%3Atill&viz=timeseries&agg_q=status")
    page.get_by_role("button", name="Export").click()
    page.get_by_role("menuitem", name="Export to dashboard").click()
    page.get_by_role("radio", name="Existing").or_(page.get_by_role("button", name="Existing")).first.click()
    page.get_by_label("Choose a dashboard").fill("Tills")
    page.get_by_role("option", name=re.compile("^Tills")).first.click()
    page.get_by_role("button", name="Add to dashboard").click()
    expect(page).to_have_url(re.compile("/dashboard/"))
    expect(page.get_by_text("Logs by status: service:till")).to_have_count(2)
    page.goto("/logs?query=service%3Atill")
    expect(page.get_by_role("table", name="Logs").get_by_role("row").nth(1)).to_be_visible()
    page.get_by_role("button", name="Export").click()
    page.get_by_role("menuitem", name="Export to notebook").click()
    page.get_by_role("button", name="Add to notebook").click()
    expect(page).to_have_url(re.compile(r"/notebook/\d+"))
    expect(page.get_by_text("payment of order").first).to_be_visible()


@pytest.mark.usefixtures("payments")
def test_a_list_is_downloaded_and_a_metric_generated(page: Page) -> None:
    page.goto("/logs?query=service%3Atill&cols=%40usr.id")
    # Once the list is there, so that nothing moves under the pointer.
    expect(page.get_by_role("table", name="Logs").get_by_role("row").nth(1)).to_be_visible()
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="Download logs as CSV").click()
    text = download.value.path().read_text()
    assert text.splitlines()[0] == "date,status,@usr.id,content"
    assert len(text.splitlines()) == 61
    page.get_by_role("button", name="Export").click()
    page.get_by_role("menuitem", name="Generate metric").click()
    expect(page.get_by_role("dialog").get_by_label("Filter", exact=True)).to_have_value("service:till")
