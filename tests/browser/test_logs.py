"""The log explorer in the browser: search, facets, an opened line, its context, patterns, analytics,
views."""

from __future__ import annotations

import json
import random
import re
import time
from collections.abc import Iterator
from urllib.parse import unquote_plus

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Faults, Held, Shot, post
from tests.conftest import RunningServer

TRACE = "6b049d8400000000ba81457cec6fd5a6"
BIG = 2**60 + 1
STACK = 'Traceback (most recent call last):\n  File "app.py", line 7, in pay\nValueError: no funds'


def lines() -> Iterator[dict[str, object]]:
    rng = random.Random(3)
    now = int(time.time() * 1000)
    for place in range(300):
        service = ("shop", "billing", "edge")[place % 3]
        attributes = {
            "message": f"GET /users/{rng.randrange(999)} took {rng.randrange(5, 900)} ms",
            "level": "warn" if place % 7 == 0 else "info",
            "http": {"status_code": rng.choice([200, 200, 404]), "method": rng.choice(["GET", "POST"])},
            "duration": rng.randrange(10**6, 10**9),
            "usr": {"id": f"u{place % 20}"},
        }
        if place == 150:
            attributes |= {
                "message": STACK,
                "level": "error",
                "error": {"kind": "ValueError", "stack": STACK},
                "order": {"id": BIG, "lines": [{"sku": "a-1", "n": 2}]},
                "dd": {"trace_id": TRACE, "span_id": "5"},
            }
        yield {
            "message": json.dumps(attributes),
            "service": service,
            "hostname": f"web-{place % 2}",
            "ddsource": "python",
            "ddtags": "env:prod,team:core,suite:explorer",
            "timestamp": now - (300 - place) * 2000,
        }


@pytest.fixture(scope="module")
def logs(site: RunningServer) -> RunningServer:
    post(site, "/api/v2/logs", list(lines()))
    return site


@pytest.mark.usefixtures("logs")
def test_a_line_is_found_and_opened(page: Page, shot: Shot) -> None:
    page.goto("/logs?query=suite:explorer")
    table = page.get_by_role("table", name="Logs")
    expect(table.get_by_role("row").nth(1)).to_contain_text("took")
    expect(page.get_by_text("300 logs")).to_be_visible()
    facets = page.get_by_role("complementary", name="Facets")
    expect(facets.get_by_role("button", name="Only billing")).to_be_visible()
    shot(page, "logs")
    # A click on a value shows it alone; Back goes to the unfiltered page.
    facets.get_by_role("button", name="Only error").first.click()
    expect(page.get_by_label("Search query")).to_have_value("suite:explorer status:error")
    expect(page.get_by_text("1 log", exact=False).first).to_be_visible()
    page.go_back()
    expect(page.get_by_label("Search query")).to_have_value("suite:explorer")
    page.go_forward()
    # The rows of the unfiltered page stay until the filtered ones arrive.
    expect(table.get_by_role("row").nth(1)).to_contain_text("Traceback")
    table.get_by_role("row").nth(1).click()
    panel = page.get_by_role("dialog")
    expect(panel.get_by_text(str(BIG))).to_be_visible()
    assert "event=" in page.url
    # The stack trace keeps its lines.
    assert "\n  File" in panel.locator("pre").first.inner_text()
    shot(page, "log")
    page.reload()
    expect(panel.get_by_text(str(BIG))).to_be_visible()
    panel.get_by_role("button", name="a-1").click()
    page.get_by_role("menuitem", name="Filter by @order.lines.sku:a-1").click()
    expect(page.get_by_label("Search query")).to_have_value(
        'suite:explorer status:error @order.lines.sku:"a-1"'
    )
    expect(page.get_by_text("1 log", exact=False).first).to_be_visible()


@pytest.mark.usefixtures("logs")
def test_rows_of_the_search_before_are_marked_and_a_late_answer_is_dropped(page: Page, shot: Shot) -> None:
    page.goto("/logs?query=suite:explorer")
    table = page.get_by_role("table", name="Logs")
    first = table.get_by_role("row").nth(1)
    expect(first).to_contain_text("took")
    former = page.locator("[aria-busy=true]").filter(has=table)
    expect(former).to_have_count(0)
    asked = "suite:explorer status:error"

    def asks(request: Request) -> bool:
        return asked in unquote_plus(request.url) + (request.post_data or "")

    held = Held(page, "**/api/**", asks)
    search = page.get_by_label("Search query")
    search.fill(asked)
    with page.expect_request(asks):
        search.press("Enter")
    expect(former).to_have_count(1)
    expect(first).to_have_css("opacity", "1")
    expect(table).to_have_css("opacity", "0.5")
    shot(page, "logs-former")
    # Another search is answered before the first one.
    search.fill("suite:explorer @usr.id:u3")
    search.press("Enter")
    expect(page.get_by_text("15 logs")).to_be_visible()
    expect(former).to_have_count(0)
    held.release()
    page.wait_for_load_state("networkidle")
    expect(page.get_by_text("15 logs")).to_be_visible()
    expect(table.get_by_text("Traceback")).to_have_count(0)


@pytest.mark.usefixtures("logs")
def test_the_lines_around_and_the_trace(page: Page, faults: Faults, shot: Shot) -> None:
    faults.expect(f"/traces/{TRACE})")  # of which no spans were sent
    page.goto("/logs?query=suite:explorer%20status:error")
    page.get_by_role("table", name="Logs").get_by_role("row").nth(1).click()
    panel = page.get_by_role("dialog")
    panel.get_by_role("tab", name="View in context").click()
    expect(panel.locator("[aria-current=true]")).to_contain_text("Traceback")
    around = panel.locator("[class*=contextLine]")
    expect(around).to_have_count(21)
    shot(page, "log-context")
    panel.get_by_role("tab", name="Trace").click()
    expect(panel.get_by_role("link", name=TRACE)).to_have_attribute("href", f"/apm/trace/{TRACE}?spanID=5")
    expect(panel.get_by_text("No spans of this trace are stored")).to_be_visible()


@pytest.mark.usefixtures("logs")
def test_lines_are_stepped_through_by_keyboard(page: Page) -> None:
    page.goto("/logs?query=suite:explorer")
    rows = page.get_by_role("table", name="Logs").get_by_role("row")
    rows.nth(1).focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(2)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    first = page.url
    page.keyboard.press("ArrowDown")
    page.wait_for_url(lambda url: url != first)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.usefixtures("logs")
def test_the_search_completes_and_underlines(page: Page, shot: Shot) -> None:
    page.goto("/logs?query=suite:explorer")
    bar = page.get_by_label("Search query")
    bar.fill("@http.sta")
    page.get_by_role("option", name="@http.status_code").click()
    expect(bar).to_have_value("@http.status_code:")
    expect(page.get_by_role("option").filter(has_text="404")).to_be_visible()
    shot(page, "logs-completion")
    bar.fill("service:(shop")
    expect(page.get_by_role("alert")).to_contain_text("never closed")
    shot(page, "logs-mistake")


@pytest.mark.usefixtures("logs")
def test_patterns_and_analytics(page: Page, shot: Shot, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    page.goto("/logs?query=suite:explorer&viz=pattern")
    pattern = page.get_by_role("button", name=re.compile("299"))
    expect(pattern).to_contain_text("took")
    shot(page, f"logs-patterns-{theme}")
    pattern.click()
    expect(page.get_by_role("dialog")).to_contain_text("Samples")
    page.get_by_role("button", name="Filter by pattern").click()
    expect(page.get_by_label("Search query")).to_have_value(re.compile('"took"'))
    page.goto("/logs?query=suite:explorer&viz=toplist&agg_q=service,@http.method")
    expect(page.get_by_text("edge, ").first).to_be_visible()
    shot(page, f"logs-toplist-{theme}")
    page.get_by_role("button", name="Table").click()
    expect(page.get_by_role("table", name="Groups")).to_contain_text("billing")
    page.goto("/logs?query=suite:explorer&viz=timeseries&agg_t=pc95&agg_m=@duration&agg_q=service")
    expect(page.get_by_text("billing").first).to_be_visible()
    shot(page, f"logs-timeseries-{theme}")


@pytest.mark.usefixtures("logs")
def test_a_view_is_saved_and_chosen(page: Page) -> None:
    page.goto("/logs?query=suite:explorer%20service:edge&cols=%40usr.id")
    expect(page.get_by_role("table", name="Logs").get_by_role("row").nth(1)).to_be_visible()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Save as new view").click()
    page.get_by_role("textbox", name="Name").fill("Edge")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("button", name="Edge", exact=True)).to_be_visible()
    page.goto("/logs")
    expect(page.get_by_role("table", name="Logs").get_by_role("row").nth(1)).to_be_visible()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("menuitem", name="Edge").click()
    expect(page.get_by_label("Search query")).to_have_value("suite:explorer service:edge")
    expect(page.get_by_role("columnheader", name="usr.id")).to_be_visible()
