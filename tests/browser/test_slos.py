"""SLOs by hand: made, read, corrected, and an alert that begins from one; a monitor muted for an hour."""

from __future__ import annotations

import re
import time
from typing import Any

import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Shot
from tests.conftest import RunningServer


def call(site: RunningServer, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(method, site.url + path, json=body, headers=site.headers, timeout=30)
    assert answer.ok, answer.text
    return answer.json()


def test_an_slo_is_made_corrected_and_alerted_on(page: Page, site: RunningServer, shot: Shot) -> None:
    now = int(time.time()) // 60 * 60
    for name, value in (("page.good", 999), ("page.all", 1000)):
        points = [[now - 60 * minute, value] for minute in range(1, 30)]
        series = {"metric": name, "points": points, "type": "count", "interval": 60}
        call(site, "POST", "/api/v1/series", {"series": [series]})
    query = {"numerator": "sum:page.good{*}", "denominator": "sum:page.all{*}"}
    made = call(site, "POST", "/api/v1/slo", {
        "type": "metric", "name": "Pages load", "query": query,
        "thresholds": [{"timeframe": "7d", "target": 99.5}],
    })["data"][0]  # fmt: skip
    page.goto("/slo/manage")
    row = page.get_by_role("row").filter(has_text="Pages load")
    expect(row).to_contain_text("99.90%")
    expect(row).to_contain_text("80.0%")
    shot(page, "slos")
    row.get_by_role("link", name="Pages load").click()
    expect(page.get_by_text("Error budget left over the past 7d")).to_be_visible()
    page.get_by_role("button", name="Correct status").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Notes").fill("Release 12")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Release 12")).to_be_visible()
    shot(page, "slo")
    page.get_by_role("button", name="New alert").click()
    expect(page.get_by_label("SLO", exact=True)).to_have_value(re.compile("Pages load"))
    shot(page, "slo-alert-form")
    page.get_by_role("button", name="Edit source").click()
    expect(page.get_by_label("Query")).to_have_value(
        f'burn_rate("{made["id"]}").over("7d").long_window("1h").short_window("5m") > 16.8'
    )
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Burn rate: Pages load")).to_be_visible()


def test_a_monitor_of_logs_by_its_form_and_muted_for_an_hour(
    page: Page, site: RunningServer, shot: Shot
) -> None:
    page.goto("/monitors/create")
    page.get_by_role("button", name="Logs", exact=True).click()
    page.get_by_label("Search query").fill("service:shop status:error")
    page.get_by_label("Alert", exact=True).fill("25")
    page.get_by_label("Name").fill("Shop fails")
    shot(page, "monitor-logs-form")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Shop fails")).to_be_visible()
    monitor = next(one for one in call(site, "GET", "/api/v1/monitor") if one["name"] == "Shop fails")
    assert monitor["query"] == (
        'logs("service:shop status:error").index("*").rollup("count").by("service").last("5m") > 25'
    )
    assert monitor["options"]["thresholds"] == {"critical": 25.0}
    page.get_by_role("button", name="Mute", exact=True).click()
    dialog = page.get_by_role("dialog")
    shot(page, "mute")
    before = time.time()
    dialog.get_by_role("button", name="Mute", exact=True).click()
    expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    (downtime,) = call(site, "GET", f"/api/v1/monitor/{monitor['id']}/downtimes")
    assert before - 1 < downtime["end"] - 3600 <= time.time()
    page.get_by_role("button", name="Unmute").click()
    expect(page.get_by_role("button", name="Mute", exact=True)).to_be_visible()
    assert call(site, "GET", f"/api/v1/monitor/{monitor['id']}/downtimes") == []
