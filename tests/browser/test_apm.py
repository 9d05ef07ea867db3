"""APM in the browser: from the list of spans to the span, why it failed, and what was repeated."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot, confirm, post
from tests.browser.shop_traces import LARGE_TRACE, SLOW_TRACE
from tests.conftest import RunningServer

SLOW, LARGE = (f"/apm/trace/{7:016x}{one:016x}" for one in (SLOW_TRACE, LARGE_TRACE))

pytestmark = pytest.mark.usefixtures("shop")


def test_the_slowest_span_of_all_is_first_and_opens_where_it_is(page: Page, shot: Shot) -> None:
    page.goto("/apm/traces?sort=-duration")
    rows = page.get_by_role("table", name="Traces").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("nightly")
    page.get_by_role("button", name="Root spans").click()
    expect(page.get_by_text("62 spans")).to_be_visible()
    page.get_by_role("button", name="All spans").click()
    search = page.get_by_label("Search query")
    search.fill("status:error service:payments")
    search.press("Enter")
    expect(rows.nth(1)).to_contain_text("POST /charge")
    shot(page, "traces")
    rows.nth(1).click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_role("alert")).to_contain_text("read timed out after 300 ms")
    shot(page, "span-panel")
    panel.get_by_role("link", name="Open trace").click()
    expect(page).to_have_url(re.compile(r"/apm/trace/.+spanID=\d+"))
    expect(page.get_by_role("heading", name="payments")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("read timed out after 300 ms")


def test_spans_are_counted_by_any_field_and_drawn_as_patterns(page: Page, shot: Shot) -> None:
    page.goto(
        "/apm/traces?spans=all&viz=toplist&agg_t=max&agg_m=@duration&agg_q=resource_name&query=service:checkout"
    )
    orders = page.get_by_role("button", name="POST /orders", exact=True)
    expect(orders).to_be_visible()
    expect(page.get_by_role("listitem").filter(has=orders)).to_contain_text("650")
    shot(page, "traces-toplist")
    page.get_by_role("button", name="Patterns").click()
    expect(page.get_by_text("POST /orders").first).to_be_visible()


def test_a_root_that_fails_shows_its_cause_and_repeats_are_pointed_out(page: Page, shot: Shot) -> None:
    page.goto(SLOW)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("TimeoutError")
    expect(alert).to_contain_text("payments/gateway.py")
    expect(page.get_by_label("Repeated calls")).to_contain_text("30 equal calls")
    shot(page, "trace")
    alert.get_by_role("button", name="payments POST /charge").click()
    page.get_by_role("tab", name="Events 1").click()
    expect(page.get_by_role("tabpanel").get_by_text("retry")).to_be_visible()
    page.get_by_role("tab", name="Span links 1").click()
    expect(page.get_by_role("link", name=re.compile("^Trace 00001000"))).to_be_visible()


def test_a_search_within_a_trace_leaves_matches_and_those_above(page: Page) -> None:
    page.goto(f"{SLOW}?graphType=waterfall")
    tree = page.get_by_role("tree", name="Spans")
    expect(tree.get_by_role("treeitem").first).to_be_visible()
    page.get_by_placeholder("Find spans or tags").fill("error.type:TimeoutError")
    expect(tree.get_by_role("treeitem")).to_have_count(3)
    expect(page.get_by_text("1 match")).to_be_visible()


def test_ten_thousand_spans_are_drawn_as_the_rows_that_are_seen(page: Page, shot: Shot) -> None:
    page.goto(f"{LARGE}?graphType=waterfall&spanID=9000")
    rows = page.get_by_role("treeitem")
    selected = page.locator('[role=treeitem][aria-selected="true"]')
    expect(selected).to_contain_text("worker-3")
    assert rows.count() < 100
    shot(page, "trace-large")


def test_the_environment_is_kept_from_the_list_to_the_service(page: Page) -> None:
    page.goto("/apm/services?env=prod")
    page.get_by_role("link", name="checkout", exact=True).click()
    expect(page).to_have_url(re.compile(r"/apm/services/checkout\?env=prod"))
    expect(page.get_by_role("table", name="Resources")).to_contain_text("POST /orders")
    expect(page.get_by_role("table", name="Downstream")).to_contain_text("orders-db")
    link = page.get_by_role("link", name="View in Trace Explorer")
    assert "env%3A%22prod%22" in str(link.get_attribute("href"))


def test_an_issue_leads_to_its_trace_and_is_resolved(page: Page, shot: Shot) -> None:
    page.goto("/error-tracking")
    rows = page.get_by_role("table", name="Issues").get_by_role("row")
    rows.filter(has_text="TimeoutError").first.click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("charge in payments/gateway.py")
    expect(panel.get_by_role("link", name="View trace")).to_have_attribute("href", re.compile("/apm/trace/"))
    shot(page, "issue")
    panel.get_by_role("button", name="Resolve").click()
    expect(panel.get_by_text("Resolved").first).to_be_visible()
    panel.get_by_role("button", name="Close").click()
    expect(panel).to_have_count(0)
    expect(rows.filter(has_text="TimeoutError")).to_have_count(0)


def test_the_search_of_issues_follows_the_address(page: Page) -> None:
    page.goto("/error-tracking?states=all&query=service:payments")
    search = page.get_by_placeholder("service:web env:prod error.type:TimeoutError version:1.4*")
    expect(search).to_have_value("service:payments")
    page.evaluate("history.pushState(null, '', '/error-tracking?states=all&query=service:nowhere')")
    expect(search).to_have_value("service:nowhere")
    expect(page.get_by_text("No issues match your search")).to_be_visible()
    page.go_back()
    expect(search).to_have_value("service:payments")
    expect(page.get_by_role("table", name="Issues")).to_contain_text("TimeoutError")


def test_the_service_map_focuses_on_one_service(page: Page, shot: Shot) -> None:
    page.goto("/apm/map")
    node = page.get_by_role("button", name="Service checkout")
    expect(node).to_be_visible()
    shot(page, "service-map")
    node.dblclick()
    expect(page).to_have_url(re.compile("service=checkout"))
    expect(page.get_by_role("button", name="Service payments")).to_be_visible()
    expect(page.get_by_role("button", name="Service batch")).to_have_count(0)
    expect(page.get_by_role("heading", name="checkout")).to_be_visible()


def test_a_resource_shows_what_its_requests_consist_of(page: Page, shot: Shot) -> None:
    page.goto("/apm/services/checkout?env=prod")
    page.get_by_role("table", name="Resources").get_by_role("row").filter(has_text="POST /orders").click()
    expect(page).to_have_url(re.compile(r"/apm/services/checkout/resource\?resource=POST"))
    spans = page.get_by_role("table", name="Span summary").get_by_role("row")
    expect(spans.filter(has_text="SELECT price")).to_contain_text("orders-db")
    expect(page.get_by_role("img", name=re.compile("^Latency from"))).to_be_visible()
    examples = page.get_by_role("table", name="Example traces").get_by_role("row")
    shot(page, "resource")
    examples.filter(has_text="max").get_by_role("link").click()
    expect(page.get_by_label("Repeated calls")).to_contain_text("30 equal calls")


def test_retention_filters_and_metrics_from_spans_are_made_on_their_pages(page: Page, shot: Shot) -> None:
    page.goto("/apm/traces/retention-filters")
    for name in ("Errors", "Rest"):
        page.get_by_role("button", name="New filter").first.click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill(name)
        expect(dialog.get_by_text("stored spans of the past hour match")).to_be_visible()
        dialog.get_by_role("button", name="Create filter").click()
        expect(dialog).to_have_count(0)
    filters = page.get_by_role("list", name="Retention filters").get_by_role("listitem")
    expect(filters).to_have_count(2)
    page.get_by_role("button", name="Move Rest").press("ArrowUp")
    expect(filters.first).to_contain_text("Rest")
    shot(page, "retention-filters")
    for name in ("Errors", "Rest"):
        page.get_by_role("button", name=f"Delete {name}").click()
        confirm(page, "Delete")
        expect(page.get_by_role("button", name=f"Delete {name}")).to_have_count(0)
    page.goto("/apm/traces/generate-metrics?new=1&query=service:checkout")
    page.get_by_role("dialog").get_by_label("Name").fill("shop.checkouts")
    page.get_by_role("button", name="Create metric").click()
    expect(page.get_by_role("table", name="Metrics from spans")).to_contain_text("shop.checkouts")


def test_a_service_shows_versions_hosts_and_alerts_and_keeps_its_filters(
    page: Page, shot: Shot, site: RunningServer
) -> None:
    query = "sum(last_5m):sum:trace.http.request.errors{service:payments}.as_count() > 1000"
    monitor = {"type": "query alert", "query": query, "name": "Payments fail", "message": "x"}
    post(site, "/api/v1/monitor", monitor)
    page.goto("/apm/services/payments?env=prod")
    expect(page.get_by_role("button", name="Latest version")).to_contain_text("1.4.2")
    expect(page.get_by_role("button", name="Latest version")).to_contain_text("1 new error type")
    shot(page, "service")
    page.get_by_role("button", name="Monitors", exact=True).click()
    expect(page.get_by_role("table", name="Monitors")).to_contain_text("Payments fail")
    expect(page.get_by_role("table", name="SLOs")).to_contain_text("No SLOs of this service")
    page.get_by_role("tab", name="Deployments").click()
    expect(page.get_by_role("table", name="Deployments").get_by_role("row")).to_have_count(3)
    page.get_by_role("button", name="Compare the latest with the one before").click()
    expect(page).to_have_url(re.compile("before=1.4.1&after=1.4.2"))
    expect(page.get_by_role("table", name="Versions compared")).to_contain_text("Error rate")
    errors = page.get_by_role("table", name="Errors compared").get_by_role("row")
    expect(errors.nth(1)).to_contain_text("New")
    shot(page, "service-deployments")
    page.get_by_role("tab", name="Hosts").click()
    expect(page.get_by_role("table", name="Hosts")).to_contain_text("web-1")
    page.get_by_role("link", name="Only this host").click()
    expect(page).to_have_url(re.compile("env=prod&primaryTag=host%3Aweb-1"))
    page.get_by_role("button", name="Version: All").click()
    page.get_by_role("menuitem", name="1.4.1").click()
    expect(page).to_have_url(re.compile("version=1.4.1"))
    page.get_by_role("table", name="Resources").get_by_role("row").filter(has_text="POST /charge").click()
    expect(page).to_have_url(re.compile("version=1.4.1&primaryTag=host%3Aweb-1"))
    expect(page.get_by_label("Summary", exact=True)).to_contain_text("Error rate0")


def test_a_trace_is_drawn_as_a_map_and_compared_with_another(page: Page, shot: Shot) -> None:
    page.goto(f"{SLOW}?graphType=map")
    expect(page.get_by_role("button", name="Service payments")).to_be_visible()
    shot(page, "trace-map")
    page.get_by_role("button", name="Database orders-db").click()
    expect(page.get_by_role("heading", name="orders-db")).to_be_visible()
    page.get_by_role("button", name="Compare").click()
    choices = page.get_by_role("list", name="Traces of the same resource")
    choices.get_by_role("button", name=re.compile("^p50")).click()
    expect(page).to_have_url(re.compile("compare=[0-9a-f]{32}"))
    calls = page.get_by_role("table", name="Calls compared").get_by_role("row")
    expect(calls.nth(1)).to_contain_text("SELECT price")
    expect(calls.nth(1)).to_contain_text("30")
    shot(page, "trace-compare")


def test_ingestion_is_shown_by_service_and_tracers_are_configured(
    page: Page, shot: Shot, site: RunningServer
) -> None:
    now = int(time.time()) // 10 * 10 - 30
    metric, tags = "datadog.trace_agent.sampler.spans_dropped", ["service:checkout", "env:prod"]
    point = {"metric": metric, "type": 1, "interval": 10, "points": [{"timestamp": now, "value": 77}]}
    post(site, "/api/v2/series", {"series": [{**point, "tags": [*tags, "reason:auto_rejected"]}]})
    page.goto("/apm/ingestion?env=prod")
    row = page.get_by_role("table", name="Ingestion").get_by_role("row").filter(has_text="checkout")
    expect(row).to_contain_text("agent, over its rate 77")
    expect(row).to_contain_text("100")
    shot(page, "ingestion")
    row.get_by_role("button", name="Configure").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("No tracer of this service polls")
    dialog.get_by_label("Sampling rate in percent").fill("25")
    dialog.get_by_role("button", name=re.compile("^Log injection")).click()
    page.get_by_role("menuitem", name="Off").click()
    dialog.get_by_role("button", name="Apply").click()
    expect(dialog).to_have_count(0)
    expect(row).to_contain_text("Pending")
    row.get_by_role("button", name="Configure").click()
    expect(dialog.get_by_label("Sampling rate in percent")).to_have_value("25")
    dialog.get_by_role("button", name="Remove").click()
    expect(dialog).to_have_count(0)
    expect(row.get_by_text("Pending")).to_have_count(0)
