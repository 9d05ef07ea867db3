"""Notification rules, tag policies and templates by hand, and forms of monitors that write their queries."""

from __future__ import annotations

import re
from typing import Any

import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import Faults, Shot, confirm
from tests.conftest import RunningServer


def call(site: RunningServer, method: str, path: str, body: Any = None) -> Any:
    answer = requests.request(method, site.url + path, json=body, headers=site.headers, timeout=30)
    assert answer.ok, answer.text
    return answer.json() if answer.content else None


def test_a_rule_shows_what_it_matches_and_notifies_by_state(
    page: Page, site: RunningServer, shot: Shot
) -> None:
    for name in ("Ledger lags", "Ledger fails"):
        call(site, "POST", "/api/v1/monitor", {
            "type": "metric alert", "name": name, "query": "avg(last_5m):avg:ledger.lag{*} > 5",
            "tags": ["team:ledger"],
        })  # fmt: skip
    page.goto("/monitors/settings")
    page.get_by_role("button", name="New rule").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Name").fill("Ledger")
    dialog.get_by_label("Tags").fill("team:ledger")
    expect(dialog.get_by_text(re.compile("Matches 2 monitors, 2 groups now"))).to_be_visible()
    dialog.get_by_text(re.compile("Matches 2 monitors")).click()
    expect(dialog.get_by_role("link", name="Ledger lags")).to_be_visible()
    dialog.get_by_role("button", name="Add condition").click()
    dialog.get_by_label("Recipients of the condition").fill("@oncall@example.org")
    dialog.get_by_label("Fallback recipients").fill("@ledger@example.org")
    shot(page, "notification-rule")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="team:ledger")
    expect(row).to_contain_text("@oncall@example.org")
    rules = call(site, "GET", "/api/v2/monitor/notification_rule")["data"]
    (made,) = [rule for rule in rules if rule["attributes"]["name"] == "Ledger"]
    assert made["attributes"]["conditional_recipients"] == {
        "conditions": [{"scope": "transition_type:is_alert", "recipients": ["oncall@example.org"]}],
        "fallback_recipients": ["ledger@example.org"],
    }
    row.get_by_role("button", name="Delete Ledger").click()
    confirm(page, "Delete")
    expect(row).to_have_count(0)


def test_a_policy_and_a_template(page: Page, site: RunningServer, shot: Shot) -> None:
    page.goto("/monitors/settings?tab=policies")
    page.get_by_role("button", name="New policy").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Tag key").fill("ledger_zone")
    dialog.get_by_text("Every monitor must have it").click()
    dialog.get_by_label("Allowed values").fill("eu, us")
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="ledger_zone")
    expect(row).to_contain_text("eu")
    shot(page, "tag-policies")
    row.get_by_role("button", name="Delete ledger_zone").click()
    confirm(page, "Delete")
    expect(row).to_have_count(0)
    page.get_by_role("button", name="Templates", exact=True).click()
    page.get_by_role("button", name="New template").click()
    dialog.get_by_label("Title").fill("Ledger depth")
    dialog.get_by_label("Variables").fill("env = prod, staging (env)\nlimit = 5")
    dialog.get_by_label("Definition").fill(
        '{"name": "Depth of $env.value", "type": "metric alert", "message": "",'
        ' "query": "avg(last_5m):avg:ledger.depth{$env} > $limit"}'
    )
    dialog.get_by_role("button", name="Save").click()
    row = page.get_by_role("row").filter(has_text="Ledger depth")
    expect(row).to_contain_text("$env $limit")
    shot(page, "monitor-templates")
    row.get_by_role("button", name="New monitor").click()
    dialog.get_by_label("$limit").fill("7")
    expect(dialog.get_by_text("avg(last_5m):avg:ledger.depth{env:prod} > 7")).to_be_visible()
    dialog.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Edit Depth of prod")).to_be_visible()


def test_a_change_and_a_composite_by_their_forms(
    page: Page, site: RunningServer, shot: Shot, faults: Faults
) -> None:
    faults.expect("/api/ui/monitors/backtest")  # while the query is being written
    page.goto("/monitors/create")
    page.get_by_role("button", name="Change", exact=True).click()
    page.get_by_label("Alert (%)", exact=True).fill("30")
    page.get_by_label("Name").fill("Load changes")
    expect(page.get_by_text(re.compile(r"notifications? of \d+ group"))).to_be_visible()
    shot(page, "monitor-change-form")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Load changes")).to_be_visible()
    one = next(m for m in call(site, "GET", "/api/v1/monitor") if m["name"] == "Load changes")
    assert one["query"] == "pct_change(avg(last_5m),last_1h):avg:system.load.1{*} by {host} > 30"
    two = call(site, "POST", "/api/v1/monitor", {
        "type": "metric alert", "name": "Disk of all", "query": "avg(last_5m):avg:disk.of.all{*} > 5",
    })  # fmt: skip
    page.goto("/monitors/create")
    page.get_by_role("button", name="Composite", exact=True).click()
    for name in ("Load changes", "Disk of all"):
        field = page.get_by_label("Add a monitor")
        field.fill(name)
        page.get_by_role("option", name=re.compile(name)).click()
    page.get_by_label("Trigger when").fill("a && !b")
    page.get_by_label("Name").fill("Both")
    shot(page, "monitor-composite-form")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_role("heading", name="Both")).to_be_visible()
    made = next(m for m in call(site, "GET", "/api/v1/monitor") if m["name"] == "Both")
    assert made["query"] == f"{one['id']} && !{two['id']}"
