"""Step 9: what went wrong for the author, and what is said about it now."""

from __future__ import annotations

import json
import shutil
import socket
import time

from examples.walkthrough.machine import APP_KEY, Machine, StepFailed, expect, run_python, until
from examples.walkthrough.pages import Pages
from examples.walkthrough.stage import Aside, Stage

SITE = "datadoghq.eu"
WRONG = """\
from datadog import api, initialize
initialize(mute=False)
try:
    print(api.Metric.send(metric="my_metric", points=1))
except api.exceptions.DatadogException as error:
    print(error)
"""
WRONG_KEY = "ffffffffffffffffffffffffffff1234"


def wrong_address(stage: Stage) -> str:
    """A key that the server does not know, and the address of another site: one sentence each."""
    script = stage.machine.root / "wrong_key.py"
    script.write_text(WRONG)
    sent = run_python(script, DATADOG_HOST=stage.machine.url, DD_API_KEY=WRONG_KEY, DD_APP_KEY=APP_KEY)
    answer = (sent.stdout + sent.stderr).strip().splitlines()[-1]
    expect("1234" in answer, f"the refusal does not name the key's end: {answer}")
    done = stage.machine.heeler("doctor", DD_SITE=SITE)
    stage.keep_text("9-doctor.txt", done.stdout + done.stderr)
    named = [line.strip() for line in done.stdout.splitlines() if SITE in line]
    expect(named, f"heeler doctor does not name {SITE}:\n{done.stdout}{done.stderr}")
    return f"{answer} / {named[0]}"


class Trouble:
    """A second machine whose disk counts as full and whose trace port another program has."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.machine = Machine(stage.machine.root.parent / "trouble", "full-disk")
        self._holder = socket.create_server(("127.0.0.1", self.machine.trace_port))
        stage.closing.callback(self._holder.close)
        stage.closing.callback(self.machine.stop)

    def start(self) -> None:
        """Start healthy, so that the agent can say who it is; then start again with no room left."""
        self.machine.start()
        until(self._cause, 120, "agent status names the cause")
        until(self._told, 180, "the server knows of the port in use")
        until(self._read, 180, "the host's readings are stored")
        free = shutil.disk_usage(self.machine.root).free
        self.machine.environment["HEELER_DISK_FLOOR"] = str(free + (20 << 30))
        self.machine.restart()

    def _told(self) -> bool:
        if f'"{self.machine.name}"' not in json.dumps(self.machine.get("/api/ui/hosts")):
            return False
        # The port alone also stands in the agent's configuration; the sentence about it is awaited.
        host = json.dumps(self.machine.get(f"/api/ui/hosts/{self.machine.name}"))
        return f"{self.machine.trace_port} on localhost is taken" in host

    def _read(self) -> bool:
        now = int(time.time())
        query = {"query": "avg:system.mem.used{*}", "from": now - 300, "to": now}
        return bool(self.machine.get("/api/v1/query", **query)["series"])

    def _cause(self) -> str | None:
        text = self.machine.agent_command("status").stdout
        port = str(self.machine.trace_port)
        lines = [line.strip() for line in text.splitlines() if port in line and "Cause:" in line]
        if lines:
            self._stage.keep_text("9-agent-status.txt", text)
        return lines[0] if lines else None

    def look(self, started: Aside) -> str:
        started.result(500)
        cause = until(self._cause, 120, "agent status names the cause")
        mine = self._stage.pages
        pages = Pages(mine.browser, self.machine.url, mine.folder, mine.theme)
        tab = pages.open(f"/infrastructure/map?host={self.machine.name}")
        pages.see(tab.get_by_text(str(self.machine.trace_port)).first, "the port in use")
        pages.see(tab.locator("canvas").first, "readings of the host")
        tab.wait_for_timeout(1000)  # the other graphs begin to load with the first
        pages.picture("9-host")
        tab = pages.open("/event/explorer")
        banner = tab.get_by_text("Disk almost full").first
        pages.see(banner, "a banner about the disk")
        pages.picture("9-disk")
        refused = self._refused()
        Aside(self.machine.stop)
        return f"{cause} / {refused}"

    def _refused(self) -> str:
        now = int(time.time())
        series = {"series": [{"metric": "full", "type": 3, "points": [{"timestamp": now, "value": 1}]}]}
        try:
            self.machine.post("/api/v2/series", series)
        except StepFailed as error:
            expect("507" in str(error), f"a write was refused otherwise: {error}")
            return str(error).split("answered ")[-1]
        raise StepFailed("a write was taken although the disk counts as full")
