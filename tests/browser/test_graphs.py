"""What can be done with a graph: its menu, full screen, links, files; and that a page stays as it is."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from tests.browser.conftest import Faults, Shot, post
from tests.conftest import RunningServer

QUERY = "avg:system.cpu.user{*} by {host}"


@pytest.fixture(scope="module")
def board(site: RunningServer) -> str:
    """The path of a dashboard of a graph and a list."""
    timeseries = {"type": "timeseries", "title": "CPU", "show_legend": True, "requests": [{"q": QUERY}]}
    toplist = {
        "type": "toplist",
        "title": "Busiest",
        "requests": [{"q": f"top({QUERY}, 10, 'mean', 'desc')"}],
    }
    body = {
        "title": "Graphs",
        "layout_type": "ordered",
        "widgets": [{"definition": timeseries}, {"definition": toplist}],
    }
    return made(site, body)


def made(site: RunningServer, body: object) -> str:
    request = urllib.request.Request(
        f"{site.url}/api/v1/dashboard",
        data=json.dumps(body).encode(),
        headers={**site.headers, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return f"/dashboard/{json.load(answer)['id']}"


@pytest.fixture(scope="module")
def crowd(site: RunningServer) -> str:
    """The path of a dashboard of a metric of 1,234 series, the last of them the largest."""
    now = int(time.time()) // 20 * 20
    series = [
        {
            "metric": "test.crowd",
            "type": "gauge",
            "points": [[at, place] for at in range(now - 1200, now, 20)],
            "tags": [f"place:{place:04}"],
        }
        for place in range(1234)
    ]
    post(site, "/api/v1/series", {"series": series})
    widget = {
        "type": "timeseries",
        "title": "Crowd",
        "show_legend": True,
        "requests": [{"q": "avg:test.crowd{*} by {place}"}],
    }
    body = {"title": "Crowd", "layout_type": "ordered", "widgets": [{"definition": widget}]}
    return made(site, body)


def menu(page: Page, title: str, entry: str) -> None:
    frame = page.get_by_role("region", name=title)
    frame.hover()
    frame.get_by_role("button", name="More").click()
    page.get_by_role("menuitem", name=entry).click()


def test_full_screen_is_in_the_address(page: Page, board: str, shot: Shot) -> None:
    page.goto(board)
    frame = page.get_by_role("region", name="CPU")
    frame.get_by_role("img", name=re.compile("Chart of 6 series")).wait_for()
    menu(page, "CPU", "Full screen")
    expect(page).to_have_url(re.compile("fullscreen_widget="))
    page.reload()
    dialog = page.get_by_role("dialog", name="CPU")
    dialog.get_by_role("img", name=re.compile("Chart of 6 series")).wait_for()
    shot(page, "graph-full")
    page.keyboard.press("Escape")
    expect(page).not_to_have_url(re.compile("fullscreen_widget="))


def test_a_graph_goes_to_the_explorer_and_to_a_monitor(page: Page, board: str) -> None:
    page.goto(board)
    menu(page, "CPU", "View in explorer")
    expect(page.get_by_role("textbox", name="Query a")).to_have_text(QUERY)
    page.go_back()
    menu(page, "CPU", "Create monitor…")
    expect(page.get_by_role("textbox", name="Metric query")).to_have_text(QUERY)
    expect(page.get_by_role("button", name="Create")).to_be_disabled()
    page.get_by_label(re.compile(r"^Alert( \(.+\))?$")).fill("70")
    expect(page.get_by_role("button", name="Create")).to_be_enabled()


def test_a_graph_is_exported_as_a_picture(page: Page, board: str) -> None:
    page.goto(board)
    page.get_by_role("img", name=re.compile("Chart of")).first.wait_for()
    with page.expect_download() as picture:
        menu(page, "CPU", "Export PNG")
    content = Path(picture.value.path()).read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 2000


def test_data_are_exported(page: Page, board: str) -> None:
    page.goto(board)
    with page.expect_download() as graph:
        menu(page, "CPU", "Export CSV")
    lines = Path(graph.value.path()).read_text().splitlines()
    assert lines[0].split(",")[:2] == ["time", "host:cache-1"]
    assert len(lines) > 100
    with page.expect_download() as listed:
        menu(page, "Busiest", "Export CSV")
    lines = Path(listed.value.path()).read_text().splitlines()
    assert lines[0].startswith("host,")
    assert len(lines) == 7


def test_query_details_and_the_link_of_a_graph(page: Page, board: str) -> None:
    page.goto(board)
    menu(page, "CPU", "Query details…")
    expect(page.get_by_role("dialog")).to_contain_text(
        re.compile(r"system\.cpu\.user: 6\slines of [\d,]+ points together")
    )
    page.keyboard.press("Escape")
    menu(page, "CPU", "Copy link")
    expect(page.get_by_text("Copied the link to this graph")).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.search(r"from_ts=\d+&to_ts=\d+&live=false&fullscreen_widget=\d+", link)
    page.goto(link)
    expect(page.get_by_role("dialog", name="CPU")).to_be_visible()


def test_a_refresh_moves_nothing(page: Page, board: str) -> None:
    page.goto(board)
    page.get_by_role("region", name="CPU").get_by_role("img", name=re.compile("Chart of 6")).wait_for()
    expect(page.get_by_role("region", name="Busiest")).to_contain_text("cache-1")
    page.evaluate(
        """() => {
            window.shifts = [];
            const note = (list) => window.shifts.push(...list.getEntries().map((one) => one.value));
            new PerformanceObserver(note).observe({ type: "layout-shift" });
            window.gone = 0;
            const chart = document.querySelector("[data-widget=timeseries] canvas");
            new MutationObserver(() => { if (!chart.isConnected) window.gone += 1; })
                .observe(document.body, { childList: true, subtree: true });
        }"""
    )
    ended: list[Request] = []
    page.on("requestfinished", lambda request: ended.append(request))
    page.on("requestfailed", lambda request: ended.append(request))
    for _ in range(3):
        with page.expect_request("**/api/ui/query/batch") as asked:
            page.get_by_role("button", name="Refresh").click()
        # The page gives up a response that nobody waits for, and `finished` never returns of one that failed.
        while asked.value not in ended:
            page.wait_for_timeout(20)
        page.evaluate(
            "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
        )
    # A digit more in a column of numbers counts as some millionths; 0.1 is what people notice.
    assert sum(page.evaluate("window.shifts")) < 0.0001
    assert page.evaluate("window.gone") == 0


def test_graphs_stay_while_the_server_is_away(page: Page, board: str, faults: Faults, shot: Shot) -> None:
    faults.expect("ERR_INTERNET_DISCONNECTED")
    page.goto(board)
    chart = page.get_by_role("region", name="CPU").get_by_role("img", name=re.compile("Chart of 6 series"))
    chart.wait_for()
    page.context.set_offline(True)
    page.get_by_role("button", name="Refresh").click()
    expect(page.get_by_text("Could not reach the server.")).to_be_visible()
    expect(chart).to_be_visible()
    shot(page, "server-away")
    page.context.set_offline(False)
    expect(page.get_by_text("Could not reach the server.")).to_be_hidden()
    expect(chart).to_be_visible()


def test_of_very_many_series_the_largest_are_drawn(page: Page, crowd: str, shot: Shot) -> None:
    said = "100 of 1,234 series, the largest, are drawn"
    page.goto(crowd)
    frame = page.get_by_role("region", name="Crowd")
    expect(frame.get_by_text(said)).to_be_visible()
    frame.get_by_role("img", name=re.compile("Chart of 100 of 1,234 series, the largest")).hover()
    expect(page.get_by_text("and 90 more")).to_be_visible()
    shot(page, "crowd-dashboard")
    page.goto("/metric/explorer?q=avg:test.crowd{*} by {place}")
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.locator("tbody tr")).to_have_count(100)
    expect(page.locator("tbody tr").first).to_contain_text("place:1233")
    shot(page, "crowd-explorer")


def test_a_graph_has_two_axes_and_scales(page: Page, site: RunningServer, shot: Shot) -> None:
    requests = [{"q": "avg:system.cpu.user{*}"}, {"q": "avg:system.mem.used{*}", "on_right_yaxis": True}]
    both = {"type": "timeseries", "title": "Both", "requests": requests}
    rooted = {"type": "timeseries", "title": "Root", "requests": [{"q": QUERY}], "yaxis": {"scale": "sqrt"}}
    logged = {"type": "timeseries", "title": "Log", "requests": [{"q": QUERY}], "yaxis": {"scale": "log"}}
    squared = {"type": "timeseries", "title": "Pow", "requests": [{"q": QUERY}], "yaxis": {"scale": "pow2"}}
    definitions = [both, rooted, logged, squared]
    body = {
        "title": "Axes",
        "layout_type": "ordered",
        "widgets": [{"definition": one} for one in definitions],
    }
    page.goto(made(site, body))
    page.get_by_role("region", name="Both").get_by_role("img", name=re.compile("Chart of 2 series")).hover()
    for title in ("Root", "Log", "Pow"):
        page.get_by_role("region", name=title).get_by_role("img", name=re.compile("Chart of 6")).wait_for()
    shot(page, "axes")


def test_a_wrong_query_is_not_asked_at_each_refresh(page: Page, site: RunningServer, faults: Faults) -> None:
    faults.expect("400")
    wrong = {"type": "timeseries", "title": "Wrong", "requests": [{"q": "avg:system.cpu.user{"}]}
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/api/")[2].partition("?")[0]))
    body = {"title": "Wrong", "layout_type": "ordered", "widgets": [{"definition": wrong}]}
    page.goto(made(site, body))
    frame = page.get_by_role("region", name="Wrong")
    expect(frame.get_by_text("is not closed by }")).to_be_visible()
    for _ in range(3):
        page.get_by_role("button", name="Refresh").click()
        time.sleep(0.3)
    expect(frame.get_by_text("is not closed by }")).to_be_visible()
    assert (asked.count("ui/query/batch"), asked.count("ui/query/check")) == (1, 1)


def test_a_number_says_how_far_it_is_from_before(page: Page, site: RunningServer, shot: Shot) -> None:
    comparison = {
        "duration": {"type": "previous_timeframe"},
        "type": "both",
        "directionality": "increase_better",
    }
    query = {"name": "a", "data_source": "metrics", "query": "avg:system.cpu.user{*}", "aggregator": "avg"}
    request = {
        "response_format": "scalar",
        "queries": [query],
        "formulas": [{"formula": "a"}],
        "comparison": comparison,
    }
    number = {"type": "query_value", "title": "CPU", "time": {"live_span": "15m"}, "requests": [request]}
    page.goto(
        made(site, {"title": "Compared", "layout_type": "ordered", "widgets": [{"definition": number}]})
    )
    frame = page.get_by_role("region", name="CPU")
    expect(frame.get_by_text("vs. previous period")).to_be_visible()
    expect(frame.get_by_text(re.compile(r"[\u25b2\u25bc].+%.*\(.+%\)"))).to_be_visible()
    shot(page, "compared")


def test_links_name_a_theme_and_the_size_of_tiles(page: Page, site: RunningServer) -> None:
    graph = {"type": "timeseries", "requests": [{"q": "avg:system.cpu.user{*}"}]}
    widgets = [{"definition": {**graph, "title": f"Tile {i}"}} for i in range(3)]
    path = made(site, {"title": "Tiles", "layout_type": "ordered", "widgets": widgets})
    page.goto(f"{path}?theme=dark&tile_size=l")
    first, third = (page.get_by_role("region", name=f"Tile {i}").bounding_box() for i in (0, 2))
    assert first is not None
    assert third is not None
    assert third["y"] > first["y"]
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_role("link", name="Dashboards").first.click()
    page.get_by_role("button", name="New dashboard").wait_for()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
