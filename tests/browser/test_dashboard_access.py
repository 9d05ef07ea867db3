"""Dashboards for everyone: axe over pages, dialogs and the editor in both themes; a phone, and 200 % zoom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.boards import DRAWN
from tests.browser.conftest import Faults, Shot, log_in
from tests.browser.test_accessibility import AXE, TAGS, needs_axe
from tests.browser.test_dashboard_dialogs import board, open_menu
from tests.conftest import RunningServer

HOST = "avg:system.cpu.user{*} by {host}"
SCALAR = {
    "response_format": "scalar",
    "queries": [{"name": "a", "data_source": "metrics", "query": HOST, "aggregator": "avg"}],
    "formulas": [{"formula": "a"}],
}
WIDGETS: tuple[dict[str, Any], ...] = (
    {"type": "timeseries", "title": "Lines", "show_legend": True, "requests": [{"q": HOST}]},
    {"type": "query_value", "title": "Value", "requests": [{"q": "avg:system.cpu.user{*}"}]},
    *(
        {"type": kind, "title": kind, "requests": [SCALAR]}
        for kind in ("toplist", "query_table", "sunburst", "treemap")
    ),
    {"type": "heatmap", "title": "Heat", "requests": [{"q": HOST}]},
    {"type": "hostmap", "title": "Hosts", "requests": {"fill": {"q": HOST}}},
    {"type": "change", "title": "Change", "requests": [{"q": HOST, "compare_to": "hour_before"}]},
    {
        "type": "note",
        "content": "# Note\n[link](https://example.com) and `code`",
        "background_color": "yellow",
    },
    {"type": "free_text", "text": "Words", "color": "#4d4d4d"},
    {"type": "image", "url": "https://example.com/a.png"},
    {"type": "check_status", "title": "Check", "check": "ntp.in_sync", "grouping": "cluster", "tags": ["*"]},
    {"type": "manage_status", "title": "Monitors", "query": "", "display_format": "countsAndList"},
    {
        "type": "group",
        "title": "Group",
        "layout_type": "ordered",
        "background_color": "vivid_yellow",
        "widgets": [],
    },
)


def findings(page: Page) -> list[str]:
    """All that axe says against WCAG 2.2 A and AA, of whatever weight; contrast in both themes."""
    page.evaluate(AXE.read_text())
    page.add_style_tag(content="* { transition: none !important; animation: none !important }")
    found = []
    for theme, options in (
        ("light", {"type": "tag", "values": TAGS}),
        ("dark", {"type": "rule", "values": ["color-contrast"]}),
    ):
        page.evaluate("(theme) => { document.documentElement.dataset.theme = theme }", theme)
        violations = page.evaluate("(runOnly) => axe.run(document, {runOnly})", options)["violations"]
        found += [
            f"{theme} {one['id']} x{len(one['nodes'])}: {one['nodes'][0]['html'][:300]}" for one in violations
        ]
    page.evaluate("() => { document.documentElement.dataset.theme = 'light' }")
    return found


def drawn(page: Page, path: str) -> None:
    page.goto(path)
    page.locator("section[data-widget]").first.wait_for()
    page.wait_for_function(DRAWN)


def loaded(page: Page) -> None:
    """A dialog is open, and what it shows is there."""
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    expect(dialog.get_by_label("Loading")).to_have_count(0)


@pytest.fixture(scope="module")
def mixed(site: RunningServer) -> str:
    return f"/dashboard/{board(site, 'Everything', *WIDGETS)}"


@needs_axe
def test_a_dashboard_of_many_types_has_no_findings(page: Page, mixed: str) -> None:
    drawn(page, mixed)
    assert findings(page) == []


@needs_axe
@pytest.mark.parametrize(
    "entry",
    ["Annotations", "Scheduled reports", "Public sharing", "Version history", "View JSON", "Permissions"],
)
def test_dialogs_of_a_dashboard_have_no_findings(page: Page, mixed: str, entry: str) -> None:
    drawn(page, mixed)
    open_menu(page, entry)
    loaded(page)
    assert findings(page) == []


@needs_axe
@pytest.mark.parametrize("button", ["New dashboard", "Gallery", "Deleted"])
def test_dialogs_of_the_list_have_no_findings(page: Page, button: str) -> None:
    page.goto("/dashboard/lists")
    page.get_by_role("button", name=button, exact=True).click()
    loaded(page)
    assert findings(page) == []


@needs_axe
@pytest.mark.parametrize(
    "kind", ["Timeseries", "Query value", "Table", "Logs", "SLO", "Note", "Group", "Geomap"]
)
def test_the_form_of_a_widget_has_no_findings(page: Page, mixed: str, kind: str) -> None:
    page.goto(f"{mixed}?edit=1")
    page.get_by_role("button", name="Add widget", exact=True).click()
    page.get_by_role("menuitem", name=kind, exact=True).click()
    dialog = page.get_by_role("dialog")
    loaded(page)
    assert findings(page) == []
    dialog.get_by_role("tab", name="JSON").click()
    assert findings(page) == []


@needs_axe
def test_the_editor_and_its_variables_have_no_findings(page: Page, mixed: str) -> None:
    drawn(page, f"{mixed}?edit=1")
    assert findings(page) == []
    page.get_by_role("button", name="Variables").click()
    page.get_by_role("dialog").wait_for()
    assert findings(page) == []


PATHS: tuple[Callable[[str], str], ...] = (
    lambda mixed: mixed,
    lambda mixed: f"{mixed}?edit=1",
    lambda _: "/dashboard/lists",
)


@pytest.mark.parametrize(
    ("name", "width", "height", "scale"), [("phone", 390, 844, 3.0), ("zoom-200", 800, 500, 2.0)]
)
def test_nothing_is_off_the_screen(
    chromium: Browser, site: RunningServer, mixed: str, shot: Shot, faults: Faults,
    name: str, width: int, height: int, scale: float,
) -> None:  # fmt: skip
    context = chromium.new_context(
        viewport={"width": width, "height": height}, device_scale_factor=scale, base_url=site.url
    )
    page = context.new_page()
    log_in(page, site)
    faults.watch(context)
    for number, path in enumerate(PATHS):
        page.goto(path(mixed))
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
        assert page.locator("h1").count() == 1, "headings of notes stay below the page's own"
        shot(page, f"{name}-{number}")
        over = page.evaluate(OUTSIDE)
        assert over == [], f"{path(mixed)}: {over}"
    page.goto(mixed)
    page.get_by_role("button", name="Dashboard menu").click()
    page.get_by_role("menuitem", name="Scheduled reports").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Schedule report")).to_be_visible()
    shot(page, f"{name}-dialog")
    assert page.evaluate(OUTSIDE) == []
    context.close()


#: Controls and panels that reach beyond the window, outside of what scrolls.
OUTSIDE = """() => {
 const found = [];
 const scrolls = (one) => {
   for (let e = one.parentElement; e && e !== document.body; e = e.parentElement) {
     if (/auto|scroll|hidden/.test(getComputedStyle(e).overflowX)) return true;
   }
   return false;
 };
 for (const one of document.querySelectorAll('button, a, input, select, textarea, section, h1')) {
   const box = one.getBoundingClientRect();
   if (box.width === 0 || getComputedStyle(one).visibility === 'hidden' || scrolls(one)) continue;
   if (one.closest('.visually-hidden, [aria-hidden=true]')) continue;
   if (box.right > innerWidth + 1 || box.left < -1) found.push(one.outerHTML.slice(0, 120));
 }
 if (document.documentElement.scrollWidth > innerWidth) found.push('the page scrolls sideways');
 return found.slice(0, 5);
}"""
