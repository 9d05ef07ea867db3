"""Host map and list of hosts, on a fleet of six of which one host's agent is partly down."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot


def test_map_groups_and_colors_hosts(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/infrastructure/map?groupby=availability-zone&theme={theme}")
    hexagons = page.get_by_role("button", name=re.compile(r"^(web|db|cache)-\d: "))
    expect(hexagons).to_have_count(6)
    expect(page.get_by_text("us-east-1b")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile(r"^cache-1: \d+"))).to_be_visible()
    shot(page, f"host-map-{theme}")
    page.get_by_placeholder("Filter by name or tag, env:prod web-*").fill("role:db")
    expect(hexagons).to_have_count(2)


def test_map_colors_by_any_metric(page: Page) -> None:
    page.goto("/infrastructure/map?fillby=system.mem.used")
    expect(page.get_by_role("button", name=re.compile(r"^web-1: (1\.9|2).*GiB"))).to_be_visible()


def test_host_panel_tells_tags_checks_and_problems(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/infrastructure/map?theme={theme}")
    page.get_by_role("button", name=re.compile("^db-2: ")).click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("The agent's trace fails: port 8126 is taken")
    panel.get_by_role("img", name=re.compile("cpu.user")).wait_for()
    shot(page, f"host-panel-{theme}")
    panel.get_by_role("tab", name=re.compile("Tags")).click()
    expect(panel).to_contain_text("role:db")
    panel.get_by_role("tab", name="Checks").click()
    expect(panel).to_contain_text("no such mount: /data")


def test_list_sorts_and_filters(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/infrastructure?filter=env:prod&theme={theme}")
    rows = page.locator("[role=row][data-index]")
    expect(rows).to_have_count(6)
    page.get_by_role("button", name="CPU").click()
    expect(rows.first).to_contain_text("cache-1")
    shot(page, f"hosts-{theme}")
    page.keyboard.press("/")
    page.keyboard.type(" web-*")
    expect(rows).to_have_count(3)


def test_the_fleet_lists_agents_those_that_fail_first(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/infrastructure/fleet?theme={theme}")
    rows = page.get_by_role("row")
    expect(rows.nth(1)).to_contain_text("db-2")
    expect(rows.nth(1)).to_contain_text("trace: port 8126 is taken")
    shot(page, f"fleet-{theme}")
    rows.nth(1).click()
    expect(page.get_by_role("dialog")).to_contain_text("The agent's trace fails")
