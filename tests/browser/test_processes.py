"""Pages of processes and containers, over some of the fleet's hosts."""

from __future__ import annotations

import re
import time
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from heeler.wire.processes import encode, message_framing
from heeler.wire.processes.model import Container, HostSnapshot, Process
from tests.browser.conftest import Faults, Shot
from tests.conftest import RunningServer

ROWS = "[role=row][data-index]"
BOX = "0123456789abcdef" * 4


def snapshot(host: str, step: int, now: int) -> HostSnapshot:
    """What runs on a host: a shop and, on the databases, a database in a container."""
    created = (now - 7200) * 1000
    found = [
        Process(
            pid=400 + n, ppid=1, created=created + n, name="nginx", command=f"nginx: worker process {n}",
            user="www-data", state="S", cpu=4.0 + n + step % 3, cpu_user=3.0, cpu_system=1.0 + n,
            threads=1, rss=(40 + n) << 20, vms=1 << 30, open_files=12, tags=["team:shop"],
        )
        for n in range(4)
    ]  # fmt: skip
    boxes = []
    if host.startswith("db"):
        found.append(
            Process(
                pid=900,
                ppid=1,
                created=created,
                name="postgres",
                user="postgres",
                state="S",
                command="postgres -D /var/lib/postgresql/data -c shared_buffers=2GB",
                cpu=85.0 + step,
                cpu_user=70.0,
                cpu_system=15.0,
                threads=9,
                rss=3 << 30,
                vms=5 << 30,
                open_files=240,
                container=BOX,
                read_rate=2e6,
                write_rate=5e6,
                tags=["team:data", "container_name:orders-db"],
            )
        )  # fmt: skip
        boxes.append(
            Container(
                id=BOX,
                name="orders-db",
                type="docker",
                image="postgres:16",
                state="running",
                health="healthy",
                created=now - 7300,
                started=now - 7200,
                cpu=90.0 + step,
                cpu_user=75.0,
                cpu_system=15.0,
                cpu_limit=200.0,
                rss=3 << 30,
                cache=1 << 30,
                memory=4 << 30,
                memory_limit=8 << 30,
                received_rate=1e5,
                sent_rate=3e5,
                threads=9,
                tags=["team:data", "short_image:postgres"],
            )
        )  # fmt: skip
    return HostSnapshot(host, 4, 16 << 30, found, boxes)


@pytest.fixture(scope="module")
def begun() -> list[int]:
    """When the first test began, and when the agents last reported; UNIX seconds."""
    now = int(time.time())
    return [now, now - 600]


@pytest.fixture(autouse=True)
def reported(site: RunningServer, begun: list[int]) -> None:
    """The agents report up to the beginning of each test: what was seen minutes ago does not run any more."""
    start, last = begun
    begun[1] = int(time.time())
    for at in reversed(range(begun[1], last, -20)):
        step = at // 20 % 30
        for host in ("web-1", "web-2", "db-1"):
            for part in encode.collector_procs(snapshot(host, step, start), step):
                body = message_framing.write_frame(message_framing.PROCESSES, part, at)
                request = urllib.request.Request(f"{site.url}/api/v1/collector", body, site.headers)
                with urllib.request.urlopen(request, timeout=30) as answer:
                    assert answer.status == 200


def test_processes_are_searched_sorted_and_opened(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/process?theme={theme}")
    rows = page.locator(ROWS)
    expect(rows).to_have_count(13)
    expect(rows.first).to_contain_text("postgres -D")
    shot(page, f"processes-{theme}")
    page.get_by_role("button", name="User").click()
    expect(page).to_have_url(re.compile("sort=user"))
    page.get_by_placeholder("Search commands, env:prod user:www -command:sh").fill("worker host:web-1")
    expect(rows).to_have_count(4)
    page.get_by_role("searchbox").or_(page.get_by_placeholder("Search commands")).first.fill(
        "command:postgres"
    )
    expect(rows).to_have_count(1)
    rows.first.click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("shared_buffers=2GB")
    panel.get_by_role("img", name=re.compile("system")).first.wait_for()
    shot(page, f"process-panel-{theme}")
    panel.get_by_role("link", name="Container").click()
    expect(page.locator(ROWS)).to_have_count(1)
    expect(page.locator(ROWS)).to_contain_text("orders-db")


def test_processes_are_grouped_and_a_group_is_searched(
    page: Page, theme: str, shot: Shot, faults: Faults
) -> None:
    page.goto(f"/process?group_by=command&theme={theme}")
    rows = page.locator(ROWS)
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="nginx")).to_contain_text("12")
    shot(page, f"process-groups-{theme}")
    rows.filter(has_text="nginx").click()
    expect(page).to_have_url(re.compile("query=command%3Anginx"))
    expect(rows).to_have_count(12)
    faults.expect("400 (Bad Request)")
    page.goto("/process?query=(x")
    expect(page.get_by_text("is not closed")).to_be_visible()


def test_containers_and_the_way_from_a_host(page: Page, theme: str, shot: Shot) -> None:
    page.goto(f"/infrastructure?host=db-1&theme={theme}")
    page.get_by_role("dialog").get_by_role("link", name="Containers").click()
    rows = page.locator(ROWS)
    expect(rows).to_have_count(1)
    rows.first.click()
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("postgres:16")
    panel.get_by_role("img", name=re.compile("cache")).first.wait_for()
    shot(page, f"container-panel-{theme}")
    panel.get_by_role("link", name="Processes").click()
    expect(page.locator(ROWS)).to_have_count(1)


def test_a_monitor_begins_at_a_process(page: Page) -> None:
    page.goto("/process?query=command:postgres")
    page.locator(ROWS).first.click()
    page.get_by_role("dialog").get_by_role("link", name="Create monitor").click()
    expect(page.get_by_label("Search query")).to_have_value("command:postgres")
    expect(page.get_by_label("Scope")).to_have_value("host:db-1")
    page.get_by_role("button", name="Create", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Processes")
