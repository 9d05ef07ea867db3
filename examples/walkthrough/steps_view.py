"""Steps 4 and 5: the dashboard that the author's script makes, and a picture of its graph by mail."""

from __future__ import annotations

import re
import time

from datadog import api

from examples.walkthrough.machine import expect, run_python, seed_script, until, use_client
from examples.walkthrough.mail import as_page, picture_of, text_of
from examples.walkthrough.pages import past
from examples.walkthrough.stage import Stage

TITLE = "my_metric Visualization"
PNG = b"\x89PNG\r\n\x1a\n"


def dashboard(stage: Stage) -> str:
    """Step 4: the script as it stands makes a dashboard; its page at an hour and at five minutes."""
    done = run_python(seed_script("dashboard.py", stage.machine, stage.machine.root),
                      DATADOG_HOST=stage.machine.url)  # fmt: skip
    expect(done.returncode == 0, f"the script ended with {done.returncode}: {done.stderr[-500:]}")
    listed = stage.machine.get("/api/v1/dashboard")["dashboards"]
    mine = next((board for board in listed if board["title"] == TITLE), None)
    expect(mine, f"no dashboard {TITLE!r} among {[board['title'] for board in listed]}")
    assert mine is not None
    stage.facts["dashboard"] = mine["id"]
    value = sum_of_the_hour(stage)
    anomalies = "anomalies(mongodb.network.bytesinps{*}, 'basic', 2)"
    until(lambda: stage.machine.points(anomalies), 60, f"points of {anomalies}")
    stage.pages.open(f"/dashboard/{mine['id']}?{past(15)}", TITLE)
    see_widgets(stage)
    stage.pages.picture("4-dashboard")
    tab = stage.pages.open(f"/dashboard/{mine['id']}?{past(5, live=False)}", TITLE)
    see_widgets(stage)
    note = tab.get_by_label("my_metric point over last hour").get_by_text(re.compile("window|longer")).first
    stage.pages.see(note, "the note that five minutes are less than an hour")
    stage.pages.picture("4-dashboard-5-minutes")
    stage.no_faults()
    return f"three widgets; the hour's sum is {value:.0f}; at 5 minutes: {note.inner_text()!r}"


def once_more(stage: Stage) -> str:
    """Host map, database and dashboard when there is more to see."""
    name = stage.machine.name
    tab = stage.pages.open("/infrastructure/map?groupby=env")
    stage.pages.see(tab.get_by_role("button", name=name).first, f"the host {name}")
    stage.pages.picture("1-host-map")
    stage.pages.open(f"/metric/explorer?q=avg:mongodb.network.bytesinps{{*}}&{past(5)}")
    stage.pages.see(stage.pages.tab.locator("canvas").first, "a graph of mongodb.network.bytesinps")
    stage.pages.picture("2-mongodb")
    stage.pages.open(f"/dashboard/{stage.facts['dashboard']}?{past(5)}", TITLE)
    see_widgets(stage)
    stage.pages.picture("4-dashboard-5-minutes")
    stage.no_faults()
    return "host map, database and dashboard"


def sum_of_the_hour(stage: Stage) -> float:
    points = until(
        lambda: stage.machine.points("my_metric{*}.rollup(sum,3600)", 4 * 3600), 120, "the sum of my_metric"
    )
    return points[-1][1]


def see_widgets(stage: Stage) -> None:
    tab = stage.pages.tab
    for title in ("my_metric", "Mongodb graph"):
        frame = tab.get_by_label(title, exact=True)
        stage.pages.see(frame.locator("canvas").first, f"the graph {title!r}")
    number = tab.get_by_label("my_metric point over last hour")
    stage.pages.see(number.get_by_text(re.compile(r"\d")).first, "a number for the last hour")


def snapshot(stage: Stage) -> str:
    """Step 5: a graph's picture by the menu of the widget, and by the API."""
    tab = stage.pages.open(f"/dashboard/{stage.facts['dashboard']}?{past(15)}", TITLE)
    see_widgets(stage)
    frame = tab.get_by_label("Mongodb graph", exact=True)
    frame.hover()
    frame.get_by_role("button", name="More").click()
    tab.get_by_role("menuitem", name="Send snapshot").click()
    tab.get_by_label("Comment").fill("@friend@example.com is this what you expected?")
    stage.pages.picture("5-snapshot")
    tab.get_by_role("button", name="Send", exact=True).click()
    stage.pages.see(tab.get_by_text("Sent to").first, "that the snapshot was sent")
    mail = stage.inbox.wait("sent you a graph", 120)
    expect(mail["To"] == "friend@example.com", f"it went to {mail['To']}")
    expect(picture_of(mail).startswith(PNG), "the mail has no picture")
    expect("is this what you expected?" in text_of(mail), f"the mail says: {text_of(mail)[:300]}")
    (stage.pictures / "5-snapshot-picture.png").write_bytes(picture_of(mail))
    stage.pages.mail(as_page(mail, stage.pictures, "5-snapshot-mail"), "5-snapshot-mail")
    stage.no_faults()
    return f"mail to {mail['To']}; by the API {by_the_api(stage)}"


def by_the_api(stage: Stage) -> str:
    """``api.Graph.create``: an address that soon serves a picture."""
    use_client(stage.machine)
    now = int(time.time())
    made = api.Graph.create(metric_query="avg:my_metric{*}", start=now - 900, end=now)
    address = made["snapshot_url"]
    picture = until(lambda: stage.machine.picture(address), 60, f"a picture at {address}")
    expect(picture.startswith(PNG), f"{address} is not a PNG")
    (stage.pictures / "5-snapshot-api.png").write_bytes(picture)
    return f"{len(picture) // 1000} kB"
