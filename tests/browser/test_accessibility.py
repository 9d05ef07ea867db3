"""Every page under axe-core's rules of WCAG 2.2 A and AA, in both themes; and by keyboard alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults

AXE = Path(__file__).parents[2] / "ui" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PAGES = [
    "/dashboard/lists", "/infrastructure/map", "/infrastructure", "/infrastructure/map?host=web-1",
    "/infrastructure/fleet", "/process", "/containers",
    "/metric/explorer", "/metric/summary", "/metric/summary?metric=web.requests", "/monitors/manage",
    "/monitors/create", "/monitors/downtimes", "/apm/services", "/apm/traces", "/logs", "/event/explorer",
    "/settings/users", "/settings/api-keys", "/settings/application-keys", "/settings/preferences",
    "/settings/outbox", "/get-started", "/nowhere",
]  # fmt: skip

needs_axe = pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed: run `npm ci` in ui/")


def settle(page: Page, path: str) -> None:
    page.goto(path)
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")


def grave(page: Page, options: dict[str, Any]) -> list[str]:
    """What axe calls serious or critical: the rule and the first element it met."""
    found = page.evaluate("(options) => axe.run(document, options)", options)["violations"]
    return [
        f"{one['id']} x{len(one['nodes'])}: {one['nodes'][0]['html'][:300]} {one['nodes'][0]['any'][:1]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def check(page: Page) -> None:
    """All rules once, and contrast again in the dark."""
    page.evaluate(AXE.read_text())
    assert grave(page, {"runOnly": {"type": "tag", "values": TAGS}}) == []
    page.add_style_tag(content="* { transition: none !important }")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert grave(page, {"runOnly": {"type": "rule", "values": ["color-contrast"]}}) == []


@needs_axe
@pytest.mark.parametrize("path", PAGES)
def test_pages_have_no_grave_faults(page: Page, path: str, faults: Faults) -> None:
    if path == "/nowhere":
        faults.expect("404")
    settle(page, path)
    check(page)


@needs_axe
def test_layers_have_no_grave_faults(page: Page) -> None:
    settle(page, "/metric/explorer")
    page.keyboard.press("Control+k")
    page.get_by_placeholder("Pages, dashboards, monitors, hosts, metrics").wait_for()
    check(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Time range").click()
    page.get_by_label("Any range").wait_for()
    check(page)


def test_everything_is_reached_by_keyboard(page: Page) -> None:
    """The first stop of the tabulator leads past the navigation."""
    settle(page, "/dashboard/lists")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="New dashboard")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="New dashboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="New dashboard")).to_be_focused()


def test_rows_and_menus_work_by_keyboard(page: Page) -> None:
    settle(page, "/metric/summary")
    page.get_by_role("row", name=re.compile("system.cpu.user")).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("system.load.norm.15")
