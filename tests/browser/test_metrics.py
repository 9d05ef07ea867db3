"""Metrics explorer and summary, on the fleet's hour of data."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Shot


def test_explorer_draws_a_line_for_each_host(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/metric/explorer?theme={theme}")
    page.get_by_role("img", name=re.compile("Chart of 6 series")).wait_for()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(6)
    expect(rows.first).to_contain_text("host:cache-1")
    page.get_by_role("img").hover(position={"x": 700, "y": 150})
    expect(page.get_by_text(re.compile(r"^\w{3} \d+, \d\d:\d\d:\d\d$"))).to_be_visible()
    shot(page, f"explorer-{theme}")


def test_units_of_bytes_are_binary(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/metric/explorer?q=avg:system.mem.used{{*}} by {{host}}&viz=area&theme={theme}")
    expect(page.locator("tbody tr").first).to_contain_text("GiB")
    shot(page, f"explorer-area-{theme}")


def test_bars_stack_counts(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/metric/explorer?q=sum:web.requests{{*}} by {{host}}.as_count()&viz=bars&theme={theme}")
    page.get_by_role("img", name=re.compile("Chart of 3 series")).wait_for()
    shot(page, f"explorer-bars-{theme}")


def test_anomalies_have_a_grey_band(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/metric/explorer?q=anomalies(avg:system.cpu.user{{host:web-1}}, 'basic', 2)&theme={theme}")
    page.get_by_role("img", name=re.compile("Chart of 1 series")).wait_for()
    page.get_by_role("img").hover(position={"x": 900, "y": 100})
    expect(page.get_by_text("expected")).to_be_visible()
    shot(page, f"explorer-anomalies-{theme}")


def proposal(page: Page, name: str) -> Locator:
    """A proposal for what stands in the editor now: those for the letters before cannot be chosen."""
    shown = page.locator(".cm-tooltip-autocomplete:not(.cm-tooltip-autocomplete-disabled)")
    return shown.get_by_role("option", name=re.compile(name))


def test_completion_writes_a_query(page: Page, shot: Shot) -> None:
    page.goto("/metric/explorer")
    editor = page.get_by_role("textbox", name="Query a")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("memu")
    expect(proposal(page, "system.mem.used")).to_be_visible()
    shot(page, "explorer-completion")
    page.keyboard.press("Enter")
    expect(editor).to_have_text("avg:system.mem.used{*}")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("mem.used"))
    page.get_by_role("img", name=re.compile("Chart of 1 series")).wait_for()


def test_query_details_tell_what_was_read(page: Page, shot: Shot) -> None:
    page.goto("/metric/explorer?q=avg:system.cpu.user{*} by {host}")
    page.get_by_role("img", name=re.compile("Chart of 6 series")).wait_for()
    page.get_by_role("button", name="Query details").click()
    details = page.get_by_role("dialog", name="Query details")
    expect(details).to_contain_text(re.compile(r"6\slines of [\d,]+ points together, one each 20\ss"))
    read = details.get_by_role("row", name="system.cpu.user")
    expect(read).to_contain_text(
        re.compile(r"points as they were sent6[\d,]+ rows(, all from memory)?[\d.]+\s[mµ]s")
    )
    expect(details).to_contain_text(re.compile(r"How long it took: [\d.]+\s[mµ]?s"))
    expect(details).to_contain_text("Reading points")
    shot(page, "explorer-details")


def test_a_drag_zooms_and_sets_the_address(page: Page) -> None:
    page.goto("/metric/explorer")
    page.get_by_role("img", name=re.compile("Chart of 6 series")).wait_for()
    box = page.locator(".u-over").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 60, steps=6)
    page.mouse.up()
    expect(page).to_have_url(re.compile("live=false"))
    page.get_by_role("button", name="Go live").click()
    expect(page).to_have_url(re.compile("live=true"))


def test_past_five_minutes(page: Page) -> None:
    page.goto("/metric/explorer")
    page.get_by_role("button", name="Time range").click()
    page.get_by_role("button", name="Past 5 Minutes").click()
    expect(page.get_by_role("button", name="Time range")).to_contain_text("Past 5 Minutes")
    found = re.search(r"from_ts=(\d+)&to_ts=(\d+)&live=true", page.url)
    assert found is not None
    assert int(found[2]) - int(found[1]) == 300_000
    page.keyboard.press("t")
    page.get_by_label("Any range").fill("3h")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Time range")).to_contain_text("Past 3h")


def test_a_wrong_query_says_what_is_wrong(page: Page, shot: Shot) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/api/")[2].partition("?")[0]))
    page.goto("/metric/explorer?q=avg:system.cpu.user{")
    expect(page.get_by_text("This cannot be answered as it is written")).to_be_visible()
    expect(page.get_by_role("button", name="Retry")).to_be_visible()
    expect(page.get_by_text(re.compile("^◆ The { at position 19 .* at the end$"))).to_be_visible()
    expect(page.locator(".q-problem")).to_have_text("{")
    shot(page, "explorer-error")
    page.get_by_role("button", name="Refresh").click()
    page.wait_for_load_state("networkidle")
    assert asked.count("ui/query/check") == 1
    assert "v2/query/timeseries" not in asked


def test_a_mistake_is_underlined_while_one_types(page: Page) -> None:
    page.goto("/metric/explorer")
    editor = page.get_by_role("textbox", name="Query a")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("2 * flor(avg:system.cpu.user{*})")
    expect(page.get_by_text("did you mean floor? (character 5")).to_be_visible()
    expect(page.locator(".q-problem")).to_have_text("flor")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+a")
    page.keyboard.type("floor(avg:system.cpu.user{*}")
    expect(page.locator(".q-problem")).to_have_text("}")


def test_completion_keeps_what_stands_after_it(page: Page) -> None:
    page.goto("/metric/explorer?q=avg:system.cpu{host:web-1}")
    editor = page.get_by_role("textbox", name="Query a")
    editor.click()
    page.keyboard.press("Home")
    for _ in range(len("avg:system")):
        page.keyboard.press("ArrowRight")
    page.keyboard.type(".mem.us")
    proposal(page, "system.mem.used").click()
    expect(editor).to_have_text("avg:system.mem.used{host:web-1}")


def test_functions_are_explained(page: Page, shot: Shot) -> None:
    page.goto("/metric/explorer")
    editor = page.get_by_role("textbox", name="Query a")
    editor.click()
    page.keyboard.press("Control+a")
    page.keyboard.type("anom")
    expect(proposal(page, "").first).to_contain_text("anomalies")
    expect(page.locator(".cm-completionInfo")).to_contain_text("anomalies(q, algorithm")
    shot(page, "explorer-function")
    proposal(page, "anomalies").first.click()
    page.keyboard.type("cpu.us")
    proposal(page, "system.cpu.user").click()
    page.keyboard.type(", 'ba")
    proposal(page, "basic").click()
    page.keyboard.type("', 2)")
    expect(editor).to_have_text("anomalies(avg:system.cpu.user{*}, 'basic', 2)")
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_text(re.compile(r"^anomalies\(q, algorithm"))).to_be_visible()


def test_formulas_are_drawn_in_the_place_of_their_queries(page: Page) -> None:
    page.goto("/metric/explorer?q=avg:system.cpu.user{*} by {host}&q2=avg:system.mem.used{*} by {host}")
    page.get_by_role("img", name=re.compile("Chart of 12 series")).wait_for()
    page.get_by_role("button", name="Add formula").click()
    page.get_by_role("textbox", name="Formula 1").fill("a / c")
    expect(page.get_by_text("No query is called “c”; there are a, b")).to_be_visible()
    page.get_by_role("textbox", name="Formula 1").fill("a / 2")
    page.keyboard.press("Enter")
    page.get_by_role("img", name=re.compile("Chart of 6 series")).wait_for()
    expect(page).to_have_url(re.compile(r"f=a\+%2F\+2"))


def test_notes_of_the_server_are_beside_the_graph(page: Page) -> None:
    page.goto("/metric/explorer?q=avg:system.cpu.user{*}.rollup(avg, 7200)")
    expect(page.get_by_text("The rollup (2 hours) is longer than the window")).to_be_visible()


def test_forecasts_are_dashed_beyond_now(page: Page, shot: Shot) -> None:
    page.goto("/metric/explorer?q=forecast(avg:system.cpu.user{host:web-1}, 'linear', 1)")
    page.get_by_role("img", name=re.compile("Chart of 2 series")).wait_for()
    expect(page.locator("tbody tr").last).to_contain_text(", forecast")
    shot(page, "explorer-forecast")


def test_no_data_is_not_an_error(page: Page) -> None:
    page.goto("/metric/explorer?q=avg:never.sent{*}")
    expect(page.get_by_text("No data for this query in Past 1 Hour")).to_be_visible()


def test_summary_shows_and_keeps_metadata(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/metric/summary?theme={theme}")
    expect(page.get_by_role("row").nth(1)).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("requests")
    page.get_by_role("row", name=re.compile("web.requests")).click()
    panel = page.get_by_role("dialog")
    panel.get_by_role("img", name=re.compile("Chart of 1 series")).wait_for()
    expect(panel).to_contain_text("availability-zone")
    panel.get_by_label("Description").fill(f"Requests served, in {theme}")
    panel.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Metadata saved")).to_be_visible()
    shot(page, f"summary-{theme}")
    page.reload()
    expect(panel.get_by_label("Description")).to_have_value(f"Requests served, in {theme}")


def test_a_graph_is_exported_to_a_dashboard(page: Page, shot: Shot) -> None:
    page.goto("/metric/explorer?q=avg:system.mem.used{*} by {host}")
    page.get_by_role("img", name=re.compile("Chart of 6 series")).wait_for()
    page.get_by_role("button", name="Export").click()
    page.get_by_role("menuitem", name="Export to dashboard").click()
    dialog = page.get_by_role("dialog", name="Export to dashboard")
    dialog.get_by_label("Title of the widget").fill("Memory of hosts")
    dialog.get_by_label("Name of the new dashboard").fill("Exported")
    shot(page, "explorer-export")
    dialog.get_by_role("button", name="Add to dashboard").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Exported")
    panel = page.get_by_role("region", name="Memory of hosts")
    panel.get_by_role("img", name=re.compile("Chart of 6 series")).wait_for()
