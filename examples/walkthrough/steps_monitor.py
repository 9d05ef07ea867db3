"""Steps 6 and 7: a monitor that tells by state, and downtimes for nights and weekends."""

from __future__ import annotations

import re
import threading
import time
from contextlib import suppress
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from datadog import api
from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v2.api.downtimes_api import DowntimesApi

from examples.walkthrough.machine import API_KEY, APP_KEY, Machine, expect, until, use_client
from examples.walkthrough.mail import as_page, picture_of, text_of
from examples.walkthrough.pages import past
from examples.walkthrough.stage import Aside, Stage

NAME = "my_metric is high"
QUERY = "max(last_1m):avg:my_metric{source:script} by {host} > 800"
MESSAGE = """\
{{#is_alert}}my_metric is {{value}} on {{host.name}} ({{host.ip}}), over {{threshold}}{{/is_alert}}
{{#is_warning}}my_metric is {{value}} on {{host.name}}, above {{warn_threshold}}.{{/is_warning}}
{{#is_no_data}}my_metric has not been seen from {{host.name}} for a while.{{/is_no_data}}
{{#is_recovery}}my_metric is well again: {{value}}.{{/is_recovery}}

@me@example.com"""
ZONE = ZoneInfo("Europe/Dublin")
DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri"]


class Readings:
    """Sends readings of my_metric from this host, beside what the check draws at random, until the end."""

    def __init__(self, stage: Stage) -> None:
        self.value: float | None = None
        self._machine = stage.machine
        self._over = threading.Event()
        thread = threading.Thread(target=self._send, daemon=True)
        thread.start()
        stage.closing.callback(thread.join, 60)
        stage.closing.callback(self._over.set)

    def _send(self) -> None:
        while not self._over.wait(2):
            if self.value is None:
                continue
            # A server that is late gets the next reading.
            with suppress(api.exceptions.DatadogException):
                api.Metric.send(
                    metric="my_metric", points=[(time.time(), self.value)], host=self._machine.name,
                    tags=["source:script"],
                )  # fmt: skip


def provoke(stage: Stage) -> None:
    """Bring the monitor through warning, alert, no data and recovery, each with its mail."""
    use_client(stage.machine)
    made = api.Monitor.create(
        type="metric alert", query=QUERY, name=NAME, message=MESSAGE, tags=["team:walkthrough"],
        options={
            "thresholds": {"critical": 800, "warning": 500}, "notify_no_data": True, "no_data_timeframe": 1,
        },
    )  # fmt: skip
    stage.facts["monitor"] = str(made["id"])
    now = int(time.time())
    api.Downtime.create(
        scope="env:staging", start=now + 5, end=now + 60, timezone=ZONE.key,
        message="Deployment to staging @me@example.com",
    )  # fmt: skip
    readings = Readings(stage)
    readings.value = 300
    time.sleep(8)
    for value, word in ((600, "Warn"), (950, "Triggered"), (None, "No Data"), (120, "Recovered")):
        known, readings.value = len(stage.inbox.mails), value
        stage.inbox.wait(f"[{word} on ", 240, after=known)
        time.sleep(0 if value is None else 8)  # so that a graph has something to show


def monitor(stage: Stage, provoked: Aside) -> str:
    """Step 6: four mails that differ by state and name value and host, and the monitor's page."""
    provoked.result(600)
    wanted = {
        "Warn": (r"my_metric is 600(\.0)? on vagrant, above 500", True),
        "Triggered": (r"my_metric is 950(\.0)? on vagrant \((\d+\.){3}\d+\), over 800", True),
        "No Data": (r"has not been seen from vagrant", False),
        "Recovered": (r"well again: 120", False),
    }
    for word, (words, graph) in wanted.items():
        mail = stage.inbox.wait(f"[{word} on ", 1)
        expect(f"host:{stage.machine.name}" in mail["Subject"], f"the subject is {mail['Subject']!r}")
        expect(re.search(words, text_of(mail)), f"the mail of {word!r} says: {text_of(mail)[:300]}")
        expect(not graph or picture_of(mail), f"the mail of {word!r} has no graph")
        name = f"6-mail-{word.lower().replace(' ', '-')}"
        stage.pages.mail(as_page(mail, stage.pictures, name), name)
    number = stage.facts["monitor"]
    until(
        lambda: stage.machine.get(f"/api/v1/monitor/{number}")["overall_state"] == "OK",
        60,
        "the monitor is OK after its recovery",
    )
    stage.pages.open(f"/monitors/{number}?{past(5)}", NAME)
    stage.pages.see(stage.pages.tab.locator("canvas").first, "the monitor's graph")
    stage.pages.picture("6-monitor")
    stage.pages.open("/monitors/manage", NAME)
    stage.pages.picture("6-monitors")
    stage.pages.open(f"/monitors/{number}/edit")
    stage.pages.see(stage.pages.tab.locator("canvas").first, "the live graph of the editor")
    stage.pages.picture("6-monitor-edit")
    stage.no_faults()
    return f"mails of {', '.join(wanted)}"


def next_monday() -> datetime:
    today = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=7 - today.weekday())


def downtimes(stage: Stage) -> str:
    """Step 7: 19:00 to 09:00 on weekdays and the whole weekend, by both generations of the client."""
    use_client(stage.machine)
    monday = next_monday()
    evening = int(monday.replace(hour=19).timestamp())
    nights = api.Downtime.create(
        scope=f"host:{stage.machine.name}", monitor_id=int(stage.facts["monitor"]), timezone=ZONE.key,
        start=evening, end=evening + 14 * 3600, message="Quiet nights @me@example.com",
        recurrence={"type": "weeks", "period": 1, "week_days": DAYS},
    )  # fmt: skip
    saturday = int((monday + timedelta(days=5)).timestamp())
    weekend = api.Downtime.create(
        scope=f"host:{stage.machine.name}", monitor_id=int(stage.facts["monitor"]), timezone=ZONE.key,
        start=saturday, end=saturday + 86400, message="Quiet weekends @me@example.com",
        recurrence={"type": "weeks", "period": 1, "week_days": ["Sat", "Sun"]},
    )  # fmt: skip
    expect(nights["recurrence"]["week_days"] == DAYS, f"it answered {nights['recurrence']}")
    known = second_generation(stage.machine)
    expect(known >= 2, f"the v2 client lists {known} downtimes")
    texts = told(stage, monday)
    for word in ("started", "ended"):
        mail = stage.inbox.wait(f"[Downtime {word}] env:staging", 150)
        expect("Deployment to staging" in text_of(mail), f"the mail says: {text_of(mail)[:300]}")
        stage.pages.mail(as_page(mail, stage.pictures, f"7-mail-{word}"), f"7-mail-{word}")
    stage.pages.open("/monitors/downtimes", f"host:{stage.machine.name}")
    stage.pages.picture("7-downtimes")
    stage.no_faults()
    return f"{nights['id']} and {weekend['id']}; {texts}"


def second_generation(machine: Machine) -> int:
    configuration = Configuration(host=machine.url)
    configuration.api_key["apiKeyAuth"] = API_KEY
    configuration.api_key["appKeyAuth"] = APP_KEY
    with ApiClient(configuration) as client:
        return len(DowntimesApi(client).list_downtimes().data)


def told(stage: Stage, monday: datetime) -> str:
    """The mail of the nights names the time there and in UTC."""
    mail = stage.inbox.wait(f"[Downtime scheduled] host:{stage.machine.name}")
    text = text_of(mail)
    universal = monday.replace(hour=19).astimezone(ZoneInfo("UTC"))
    for words in ("19:00", "09:00", ZONE.key, f"{universal:%H:%M} UTC"):
        expect(words in text, f"the mail does not say {words!r}: {text[:400]}")
    stage.pages.mail(as_page(mail, stage.pictures, "7-mail-downtime"), "7-mail-downtime")
    return next(line for line in text.splitlines() if "UTC" in line).strip()
