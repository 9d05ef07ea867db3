"""Options of widgets that have an effect of their own, over data that show it."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from heeler.wire.processes import encode, message_framing
from heeler.wire.processes.model import Container, HostSnapshot
from tests.browser.conftest import Faults, Shot, tab
from tests.browser.shop_traces import send_shop
from tests.conftest import RunningServer, start_server

Json = dict[str, Any]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server with twelve logs, and the traces of a shop."""
    running = start_server(tmp_path_factory.mktemp("options"))
    now = int(time.time())
    logs = [
        {
            "message": f"took {place * 7 % 12} s", "service": "steps", "ddsource": "steps",
            "ms": place * 7 % 12,
            "step": "cart" if place % 3 else "paid", "plan": "free" if place % 2 else "pro",
            "timestamp": (now - 30 * place) * 1000,
        }
        for place in range(12)
    ]  # fmt: skip
    post(running, "/api/v2/logs", logs)
    send_shop(running, now, in_large=50)
    yield running
    running.stop()


def report_containers(server: RunningServer) -> None:
    """Of two hosts, as agents do all the time: those of the last minutes alone are on the map with tags."""
    now = int(time.time())
    for at in (now - 60, now - 20):
        for number, host in enumerate(("node-1", "node-2")):
            boxes = [
                Container(
                    id=f"{number}{n}" * 32, name=f"{host}-box-{n}", type="docker", image="shop:1",
                    state="running", created=now - 900, started=now - 900, cpu=10.0 * (n + 1), rss=n << 20,
                    tags=[f"kube_deployment:{('shop', 'pay')[n % 2]}"],
                )
                for n in range(3)
            ]  # fmt: skip
            for part in encode.collector_procs(HostSnapshot(host, 4, 16 << 30, [], boxes), at):
                body = message_framing.write_frame(message_framing.PROCESSES, part, at)
                with urllib.request.urlopen(
                    urllib.request.Request(f"{server.url}/api/v1/collector", body, server.headers),
                    timeout=30,
                ) as answer:
                    assert answer.status == 200


@pytest.fixture
def page(chromium: Browser, own: RunningServer, faults: Faults) -> Iterator[Page]:
    report_containers(own)
    with tab(chromium, own, faults) as opened:
        yield opened


def post(server: RunningServer, path: str, body: object) -> Any:
    answer = requests.post(f"{server.url}{path}", json=body, headers=server.headers, timeout=60)
    assert answer.status_code < 300, answer.text
    return answer.json()


WIDGETS: tuple[Json, ...] = (
    {
        "type": "hostmap",
        "title": "Containers",
        "node_type": "container",
        "group": ["kube_deployment"],
        "requests": {"fill": {"q": "avg:process.stat.container.cpu.total_pct{*} by {host}"}},
    },
    {
        "type": "list_stream",
        "title": "Slowest",
        "requests": [
            {
                "response_format": "event_list",
                "query": {
                    "data_source": "logs_stream",
                    "query_string": "source:steps",
                    "sort": {"column": "@ms", "order": "desc"},
                    "team_handles": ["web"],
                },
                "columns": [{"field": "@ms", "width": "auto"}, {"field": "content", "width": "full"}],
            }
        ],
    },
    {
        "type": "funnel",
        "title": "Buyers",
        "grouped_display": "side_by_side",
        "requests": [
            {
                "request_type": "funnel",
                "query": {
                    "data_source": "logs",
                    "query_string": "source:steps",
                    "steps": [{"facet": "@step", "value": "cart"}, {"facet": "@step", "value": "paid"}],
                    "group_by": [{"facet": "@plan"}],
                },
            }
        ],
    },
    {
        "type": "query_table",
        "title": "Statistics",
        "requests": [
            {
                "apm_stats_query": {
                    "env": "prod",
                    "service": "checkout",
                    "name": "*",
                    "primary_tag": "*",
                    "row_type": "service",
                    "columns": [{"name": "hits", "alias": "Requests"}, {"name": "magic"}],
                }
            }
        ],
    },
    {
        "type": "point_plot",
        "title": "Points",
        "requests": [
            {
                "request_type": "data_projection",
                "query": {"data_source": "logs", "query_string": "source:steps"},
                "projection": {"type": "point_plot", "dimensions": [{"column": "@ms", "dimension": "y"}]},
            }
        ],
    },
    {
        "type": "wildcard",
        "title": "Any picture",
        "requests": [
            {
                "response_format": "event_list",
                "query": {"data_source": "logs_stream", "query_string": "source:steps"},
                "columns": [{"field": "@step", "width": "auto"}],
            }
        ],
        "specification": {
            "type": "vega-lite",
            "contents": {
                "mark": "bar",
                "encoding": {
                    "x": {"field": "\\@step", "type": "nominal"},
                    "y": {"aggregate": "count", "type": "quantitative"},
                },
            },
        },
    },
)


@pytest.fixture(scope="module")
def board(own: RunningServer) -> str:
    widgets = [
        {"definition": one, "layout": {"x": place % 3 * 4, "y": place // 3 * 4, "width": 4, "height": 4}}
        for place, one in enumerate(WIDGETS)
    ]
    made = {"title": "Options", "layout_type": "ordered", "reflow_type": "fixed", "widgets": widgets}
    return str(post(own, "/api/v1/dashboard", made)["id"])


def widget(page: Page, name: str) -> Any:
    return page.locator(f'section[aria-label="{name}"][data-widget]')


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_options_have_their_effect(page: Page, board: str, theme: str, shot: Shot) -> None:
    page.goto(f"/dashboard/{board}?theme={theme}")
    boxes = widget(page, "Containers")
    expect(boxes.get_by_role("img", name="6 containers")).to_be_visible()
    expect(boxes.get_by_text("kube_deployment:pay")).to_be_visible()
    rows = widget(page, "Slowest").locator("[role=row][data-index]")
    expect(rows.first).to_contain_text("took 11 s")
    expect(rows.nth(1)).to_contain_text("took 10 s")
    expect(widget(page, "Slowest").get_by_text("Filter 'team_handles' is of issues")).to_be_visible()
    bars = widget(page, "Buyers")
    expect(bars.get_by_role("img", name="free: 4")).to_be_visible()
    expect(bars.get_by_role("img", name="pro: 2")).to_be_visible()
    table = widget(page, "Statistics")
    expect(table.get_by_role("columnheader", name="Requests")).to_be_visible()
    expect(table.locator("[role=row][data-index]").first).to_contain_text("checkout")
    expect(table.get_by_text("Column 'magic' is no trace statistic")).to_be_visible()
    expect(widget(page, "Points").locator("svg[role=img] circle")).to_have_count(12)
    expect(widget(page, "Any picture").locator("svg .mark-rect path")).to_have_count(2)
    shot(page, f"board-options-{theme}")


def test_plots_and_pictures_have_forms(page: Page, board: str, shot: Shot) -> None:
    page.goto(f"/dashboard/{board}")
    page.get_by_role("button", name="Edit", exact=True).click()
    page.get_by_role("button", name="Move Points").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Color by").fill("@plan")
    expect(dialog.locator("svg[role=img] circle")).to_have_count(12)
    expect(dialog.get_by_text("pro", exact=True)).to_be_visible()
    shot(page, "point-plot-form")
    page.keyboard.press("Control+Enter")
    page.get_by_role("button", name="Move Any picture").click()
    # By role: the text of the other tab, which may still be there, holds the word too.
    text = dialog.get_by_role("textbox", name="Specification", exact=True)
    text.fill('{"mark": ')
    reason = dialog.get_by_text("Specification cannot be read")
    expect(reason).to_be_visible()
    expect(dialog.get_by_role("button", name="Done")).to_be_disabled()
    shot(page, "wildcard-unfinished")
    text.press("Control+Enter")
    # What is half written outlives a look at the definition.
    dialog.get_by_role("tab", name="JSON").click()
    expect(reason).to_be_visible()
    dialog.get_by_role("tab", name="Edit").click()
    expect(text).to_have_value('{"mark": ')
    text.fill('{"mark": "bar", "encoding": {"y": {"aggregate": "count"}}}')
    expect(dialog.locator("svg .mark-rect path")).to_have_count(1)
    expect(reason).to_have_count(0)
    expect(dialog.get_by_role("button", name="Done")).to_be_enabled()
    shot(page, "wildcard-form")
