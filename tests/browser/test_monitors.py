"""A monitor's page."""

from __future__ import annotations

import json
import time
import urllib.request
from datetime import UTC, datetime

from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Shot
from tests.conftest import RunningServer

OPINION = (
    "Second opinion: nothing new; the metric did the like before (the last 7 days; score 0.4, worth "
    "telling from 1; novelty 0.4 bits, surprise 0.7)."
)


def monitor(site: RunningServer) -> str:
    """The path of a new monitor's page."""
    body = {
        "type": "query alert",
        "name": "Odd CPU",
        "query": "avg(last_4h):anomalies(avg:system.cpu.user{host:web-1}, 'basic', 2) >= 1",
        "message": "look",
    }
    request = urllib.request.Request(
        f"{site.url}/api/v1/monitor",
        data=json.dumps(body).encode(),
        headers={**site.headers, "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return f"/monitors/{json.load(answer)['id']}"


def test_the_history_tells_the_second_opinion(page: Page, site: RunningServer, shot: Shot) -> None:
    now = time.time()
    moves = [("Triggered", "OK", "Alert", 1.0, OPINION), ("Recovered", "Alert", "OK", 0.2, "")]
    transitions = [
        {
            "group": "*", "kind": kind, "before": before, "after": after, "value": value,
            "muted": False, "time": now - 300 * place, "opinion": opinion,
        }
        for place, (kind, before, after, value, opinion) in enumerate(moves)
    ]  # fmt: skip

    def answer(route: Route) -> None:
        route.fulfill(json={"transitions": transitions, "problem": "", "evaluated": now})

    page.route("**/api/ui/monitors/*/history", answer)
    page.goto(monitor(site))
    table = page.get_by_role("table", name="History")
    expect(table.get_by_role("columnheader", name="Second opinion")).to_be_visible()
    row = table.get_by_role("row").filter(has_text="Nothing new; the metric did the like before")
    expect(row).to_contain_text("novelty 0.4 bits, surprise 0.7")
    row.scroll_into_view_if_needed()
    shot(page, "monitor-opinion")
    transitions[0]["opinion"] = ""
    page.reload()
    expect(table.get_by_role("row")).to_have_count(3)
    expect(table.get_by_role("columnheader", name="Second opinion")).to_have_count(0)


def test_a_triggered_monitor_says_at_once_what_since_when_and_who_was_told(
    page: Page, site: RunningServer, shot: Shot, theme: str
) -> None:
    path, now = monitor(site), time.time()
    triggered = {
        "overall_state": "Alert",
        "overall_state_modified": datetime.fromtimestamp(now - 4320, UTC).isoformat(),
        "assets": [{"category": "runbook", "name": "What to do", "url": "https://wiki.example.org/a"}],
        "state": {
            "groups": {
                name: {"name": name, "status": status, "last_triggered_ts": int(now - 4320)}
                for name, status in (("host:web-2", "Warn"), ("host:web-1", "Alert"), ("host:web-3", "OK"))
            }
        },
    }
    message = {
        "id": 1, "channel": "email", "recipient": "ann@example.org", "subject": "[Triggered] Odd CPU",
        "state": "failed", "attempts": 1, "error": "refused", "created": now - 4310, "sent": None,
        "next_attempt": None, "monitor_id": 1, "group": "host:web-1", "transition": "Triggered",
        "digest_id": None, "has_picture": False, "text": "", "html": "", "history": [],
    }  # fmt: skip

    def alerting(route: Route) -> None:
        route.fulfill(json={**route.fetch().json(), **triggered})

    page.route(f"**/api/v1{path.replace('monitors', 'monitor')}?*", alerting)
    page.route(
        "**/api/ui/monitors/*/notifications",
        lambda route: route.fulfill(json={"messages": [message], "mail_server": True}),
    )
    page.goto(f"{path}?theme={theme}")
    head = page.get_by_text("Alert since")
    expect(head).to_contain_text("h ago): host:web-1, host:web-2")
    expect(page.get_by_text("Notified: Email ann@example.org (failed")).to_be_visible()
    expect(page.get_by_role("link", name="What to do").first).to_be_visible()
    expect(page.get_by_role("button", name="Mute")).to_be_visible()
    shot(page, f"monitor-triggered-{theme}")
