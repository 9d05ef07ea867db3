"""The downtimes page: plan one by the dialog, see it in the list, cancel it."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, date, datetime, timedelta
from typing import Any

from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot, confirm
from tests.conftest import RunningServer


def downtimes(site: RunningServer) -> list[dict[str, Any]]:
    request = urllib.request.Request(f"{site.url}/api/v1/downtime", headers=site.headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def monday_of_july() -> date:
    """The second Monday of July next year: in the future, and in summer time."""
    day = date(datetime.now(UTC).year + 1, 7, 8)
    return day + timedelta(days=-day.weekday() % 7)


def last_sunday(month: int) -> date:
    """Of a month of 31 days next year: in March and October clocks change."""
    day = date(datetime.now(UTC).year + 1, month, 31)
    return day - timedelta(days=day.isoweekday() % 7)


def test_plan_weekday_nights_and_cancel_them(page: Page, site: RunningServer, shot: Shot) -> None:
    page.goto("/monitors/downtimes")
    page.get_by_role("button", name="Schedule downtime").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Group scope").fill("host:web-1")
    dialog.get_by_label("Time zone").fill("Europe/Dublin")
    page.get_by_role("option", name="Europe/Dublin").click()
    monday = monday_of_july()
    dialog.get_by_label("Start").fill(f"{monday}T19:00")
    dialog.get_by_label("End").fill(f"{monday + timedelta(days=1)}T09:00")
    dialog.get_by_text("Days of the week").click()
    for day in ("Mon", "Tue", "Wed", "Thu", "Fri"):
        dialog.get_by_role("checkbox", name=day).check()
    dialog.get_by_label("Message").fill("Quiet at night @ops@example.com")
    first, second = monday.day, monday.day + 1
    expect(dialog).to_contain_text(f"Mon {first} Jul, 18:00 to Tue {second} Jul, 08:00 UTC")
    shot(page, "downtime-dialog")
    dialog.get_by_role("button", name="Schedule").click()
    row = page.get_by_role("row").filter(has_text="host:web-1")
    expect(row).to_contain_text(f"Mon {first} Jul, 19:00 to Tue {second} Jul, 09:00 (Europe/Dublin)")
    expect(row).to_contain_text("every week on Mon, Tue, Wed, Thu, Fri")
    expect(row).to_contain_text("scheduled")
    expect(dialog).to_be_hidden()
    shot(page, "downtimes")
    kept = downtimes(site)[-1]
    assert kept["recurrence"]["week_days"] == ["Mon", "Tue", "Wed", "Thu", "Fri"]
    row.get_by_role("button", name="Cancel downtime").click()
    confirm(page, "Cancel downtime")
    expect(row).to_be_hidden()
    assert downtimes(site)[-1]["status"] == "canceled"
    page.get_by_text("Past", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="host:web-1")).to_contain_text("canceled")


def test_a_night_of_a_host_from_its_panel(page: Page, site: RunningServer, shot: Shot) -> None:
    before = downtimes(site)
    page.goto("/infrastructure?host=cache-1")
    panel = page.get_by_role("dialog")
    panel.get_by_role("button", name="Mute").click()
    dialog = page.get_by_role("dialog", name="Mute cache-1")
    dialog.get_by_role("button", name="Duration").click()
    page.get_by_role("menuitem", name="Until tomorrow 8:00").or_(
        page.get_by_role("menuitemradio", name="Until tomorrow 8:00")
    ).or_(page.get_by_role("menuitemcheckbox", name="Until tomorrow 8:00")).click()
    dialog.get_by_role("button", name="Mute", exact=True).click()
    expect(panel.get_by_text("Muted until")).to_be_visible()
    known = {one["id"] for one in before}
    (made,) = [one for one in downtimes(site) if one["id"] not in known]
    assert made["scope"] == ["host:cache-1"]
    shot(page, "host-muted")
    panel.get_by_role("button", name="Unmute").click()
    expect(panel.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    expect(panel.get_by_text("Muted until")).to_have_count(0)


def test_the_scope_says_what_it_affects_and_is_edited(page: Page, site: RunningServer, shot: Shot) -> None:
    page.goto("/monitors/downtimes")
    page.get_by_role("button", name="Schedule downtime").first.click()
    dialog = page.get_by_role("dialog")
    scope = dialog.get_by_label("Group scope")
    expect(scope).to_have_value("")
    scope.press_sequentially("host:web")
    offered = dialog.locator("datalist option")
    expect(offered.first).to_have_attribute("value", "host:web-1")
    scope.fill("host:web-1")
    expect(dialog.get_by_role("status")).to_contain_text("1 host")
    schedule = dialog.get_by_role("button", name="Schedule")
    expect(schedule).to_be_enabled()
    shot(page, "downtime-affects")
    scope.press_sequentially("9")
    expect(dialog.get_by_role("status")).to_contain_text("check the spelling of its tags")
    expect(schedule).to_be_disabled()
    shot(page, "downtime-affects-nothing")
    scope.press("Backspace")
    dialog.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("option", name="Europe/Berlin").click()
    for month, told in ((3, ("00:30", "01:30 UTC")), (10, ("23:30", "02:30 UTC"))):
        change = last_sunday(month)
        dialog.get_by_label("Start").fill(f"{change}T01:30")
        dialog.get_by_label("End").fill(f"{change}T03:30")
        for part in told:
            expect(dialog).to_contain_text(part)
    schedule.click()
    expect(dialog).to_be_hidden()
    made = downtimes(site)[-1]
    assert made["end"] - made["start"] == 3 * 3600, "the hour that October repeats is in it"
    row = page.get_by_role("row").filter(has_text="host:web-1").filter(has_text="Europe/Berlin")
    row.get_by_role("button", name="Edit downtime").click()
    dialog.get_by_label("Group scope").fill("host:web-2")
    dialog.get_by_role("button", name="Save").click()
    changed = page.get_by_role("row").filter(has_text="host:web-2")
    expect(changed).to_contain_text(f"Sun {last_sunday(10).day} Oct, 01:30")
    kept = downtimes(site)[-1]
    assert (kept["scope"], kept["start"], kept["end"]) == (["host:web-2"], made["start"], made["end"])
    changed.get_by_role("button", name="Cancel downtime").click()
    confirm(page, "Cancel downtime")
    expect(changed).to_have_count(0)
