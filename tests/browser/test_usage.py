"""Usage by group, quotas of series, the cardinality explorer up to a dropped tag, what nobody looks at."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Faults, Shot, confirm, post, tab
from tests.conftest import RunningServer, start_server

METRIC = "shop.basket.size"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    running = start_server(tmp_path_factory.mktemp("usage"))
    send(running, range(40))
    tags = [["service:shop", "team:web", f"zone:{number}"] for number in range(3)]
    post(running, "/api/v1/series", {"series": [series("shop.up", one) for one in tags]})
    logs = [{"message": "sold", "service": "shop", "ddtags": "team:web"} for _ in range(5)]
    post(running, "/api/v2/logs", logs)
    yield running
    running.stop()


def series(metric: str, tags: list[str]) -> dict[str, Any]:
    return {"metric": metric, "points": [[int(time.time()), 1.0]], "tags": tags}


def send(server: RunningServer, users: range) -> None:
    """One series for each user, in two pages."""
    tags = [["service:shop", f"user:{user}", f"page:{user % 2}"] for user in users]
    post(server, "/api/v1/series", {"series": [series(METRIC, one) for one in tags]})


def stored(server: RunningServer) -> int:
    request = urllib.request.Request(f"{server.url}/api/v2/metrics/{METRIC}/volumes", headers=server.headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return int(json.load(answer)["data"]["attributes"]["indexed_volume"])


@pytest.fixture
def page(chromium: Browser, own: RunningServer, faults: Faults) -> Iterator[Page]:
    with tab(chromium, own, faults) as opened:
        yield opened


def test_usage_by_team_as_a_table_and_as_csv(page: Page, theme: str, shot: Shot) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto("/settings/usage?by=team")
    table = page.get_by_role("table", name="Usage by group")
    expect(table.get_by_role("row", name=re.compile("^web"))).to_contain_text("5")
    table.scroll_into_view_if_needed()
    shot(page, f"usage-team-{theme}")
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    text = Path(saved.value.path()).read_text()
    assert text.splitlines()[0] == "team,points,series,logs,log_bytes,spans"
    assert "web,3,3,5,20,0" in text.splitlines()


def test_a_quota_of_series_is_made_by_hand(page: Page, own: RunningServer, theme: str, shot: Shot) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto("/settings/usage")
    page.get_by_role("button", name="New quota").click()
    dialog = page.get_by_role("dialog")
    choose(page, "Signal", "Series")
    choose(page, "Scope", "Metric")
    dialog.get_by_role("textbox", name="Metric").fill("shop.basket.*")
    dialog.get_by_label("Series limit").fill("41")
    shot(page, f"usage-quota-dialog-{theme}")
    dialog.get_by_role("button", name="Create").click()
    row = page.get_by_role("row", name=re.compile("Each metric of shop.basket"))
    expect(row).to_contain_text("shop.basket.size")
    send(own, range(30, 45))
    expect(row).to_contain_text("41 (100 %)", timeout=90_000)
    row.scroll_into_view_if_needed()
    shot(page, f"usage-quotas-{theme}")
    row.get_by_role("button", name="Delete quota").click()
    confirm(page, "Delete")
    expect(row).to_have_count(0)


def choose(page: Page, label: str, value: str) -> None:
    page.get_by_role("dialog").get_by_role("button", name=re.compile(f"^{label}: ")).click()
    page.get_by_role("menuitemcheckbox", name=value, exact=True).or_(
        page.get_by_role("menuitem", name=value, exact=True)
    ).first.click()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_from_the_costly_tag_to_fewer_series(page: Page, theme: str, shot: Shot) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto("/metric/cardinality")
    tags = page.get_by_role("table", name="Tags")
    expect(tags.get_by_role("row").nth(1)).to_contain_text("user")
    shot(page, f"cardinality-all-{theme}")
    page.get_by_role("table", name="Metrics").get_by_role("row", name=re.compile(METRIC)).click()
    expect(page).to_have_url(re.compile("metric=shop.basket.size"))
    tags.get_by_role("row", name=re.compile("^page")).click()
    values = page.get_by_role("table", name="Values")
    expect(values.get_by_role("row")).to_have_count(3)
    shot(page, f"cardinality-values-{theme}")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Drop user").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="user", exact=True)).to_have_attribute("aria-pressed", "true")
    shot(page, f"cardinality-drop-{theme}")
    if theme == "light":
        dialog.get_by_role("button", name="Cancel").or_(dialog.get_by_label("Close")).first.click()


def test_a_tag_that_is_dropped_there_makes_no_more_series(page: Page, own: RunningServer) -> None:
    before = stored(own)
    page.goto(f"/metric/cardinality?metric={METRIC}")
    page.get_by_role("button", name="Drop user").click()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    expect(page.get_by_text("Tag configuration saved")).to_be_visible()
    send(own, range(100, 120))
    assert stored(own) == before + 2, "one for each page, whatever the users"


def test_what_nobody_looks_at(page: Page, theme: str, shot: Shot) -> None:
    page.emulate_media(color_scheme=theme)
    page.goto("/settings/unused?days=7")
    row = page.get_by_role("table", name="Unused metrics").get_by_role("row", name=re.compile("shop.up"))
    expect(row).to_contain_text("Never")
    shot(page, f"unused-{theme}")
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    assert Path(saved.value.path()).read_text().startswith("metric,series,points,last_queried,used_by")
    page.get_by_role("radio", name=re.compile("^Monitors")).or_(
        page.get_by_role("button", name=re.compile("^Monitors"))
    ).first.click()
    expect(page.get_by_text("Everything is looked at")).to_be_visible()
