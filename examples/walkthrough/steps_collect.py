"""Steps 1 to 3: tags, a database, a check of one's own and its interval."""

from __future__ import annotations

import os
import shutil
import subprocess
import threading
import time
from itertools import pairwise

import pymongo
from tests.mongo_server import MongoServer

from examples.walkthrough.machine import SEED, expect, free_port, until
from examples.walkthrough.pages import past
from examples.walkthrough.stage import Stage, end

TAGS = ["env:prod", "owner:walkthrough", "region:eu-west"]


def tags(stage: Stage) -> str:
    """Step 1: tags in the agent's YAML, on the host map within 30 s of the restart."""
    listed = "\n".join(f"  - {tag}" for tag in TAGS)
    stage.machine.configure(f"tags:\n{listed}\n")
    restarted = stage.restart_agent()

    def tagged() -> bool:
        hosts = stage.machine.get("/api/v1/hosts")["host_list"]
        mine = next((host for host in hosts if host["name"] == stage.machine.name), None)
        return mine is not None and all(tag in str(mine["tags_by_source"]) for tag in TAGS)

    until(tagged, 30, "the host has the tags of datadog.yaml")
    took = time.time() - restarted
    expect(took < 30, f"the tags took {took:.0f} s")
    stage.pages.open("/infrastructure/map")
    stage.pages.see(stage.pages.tab.get_by_role("button", name=stage.machine.name).first, "the host")
    stage.pages.picture("1-host-map")
    stage.pages.open(f"/infrastructure/map?host={stage.machine.name}", "CPU")
    stage.pages.tab.get_by_role("tab", name="Tags").click()
    for tag in TAGS:
        stage.pages.see(stage.pages.tab.get_by_text(tag).first, tag)
    stage.pages.picture("1-host")
    stage.no_faults()
    return f"{len(TAGS)} tags after {took:.0f} s"


def start_mongo(stage: Stage) -> tuple[str, str]:
    """Address of a MongoDB and what it is, the truest that this machine has."""
    if address := os.environ.get("HEELER_TEST_MONGODB"):
        return address, "the MongoDB of HEELER_TEST_MONGODB"
    if mongod := shutil.which("mongod"):
        folder = stage.machine.root / "mongo"
        folder.mkdir()
        port = free_port()
        process = subprocess.Popen(
            [mongod, "--dbpath", str(folder), "--port", str(port), "--bind_ip", "127.0.0.1"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        stage.closing.callback(end, process)
        return f"127.0.0.1:{port}", "mongod"
    server = MongoServer()
    stage.closing.callback(server.close)
    return server.address, "recorded replies over MongoDB's protocol, as there is no mongod here"


def use_mongo(stage: Stage, address: str) -> None:
    """Ask the database something, now more often and now less, so that its graph has a shape."""
    over = threading.Event()

    def ask() -> None:
        client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(f"mongodb://{address}")
        number = 0
        while not over.wait(0.02 + 0.06 * (int(time.time() / 20) % 3)):
            number += 1
            client.admin.command("ping")
        client.close()

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    stage.closing.callback(thread.join, 10)
    stage.closing.callback(over.set)


def configure_mongo(stage: Stage) -> None:
    address, kind = start_mongo(stage)
    stage.facts["mongo"] = kind
    use_mongo(stage, address)
    stage.machine.put(
        "conf.d/mongo.d/conf.yaml",
        f"init_config:\n\ninstances:\n  - hosts:\n      - {address}\n    min_collection_interval: 5\n",
    )


def mongo(stage: Stage) -> str:
    """Step 2: MongoDB by ``conf.d/mongo.d/conf.yaml``, its metrics and its service check."""
    query = "avg:mongodb.network.bytesinps{*}"
    points = until(
        lambda: (found := stage.machine.points(query)) and len(found) > 2 and found, 60, f"points of {query}"
    )
    expect(all(value > 0 for _, value in points[1:]), f"{query} is not above zero: {points}")
    status = stage.machine.agent_command("status").stdout
    expect("mongo" in status, f"agent status does not name the mongo check:\n{status[:600]}")
    stage.pages.open(f"/metric/explorer?q={query}&{past(15)}")
    stage.pages.see(stage.pages.tab.locator("canvas").first, "a graph of mongodb.network.bytesinps")
    stage.pages.picture("2-mongodb")
    stage.no_faults()
    return f"{stage.facts['mongo']}; {len(points)} points"


def check_my_metric(stage: Stage) -> None:
    """Step 3, its first half: the check is tried out, then its YAML alone says 45 seconds."""
    stage.machine.put("checks.d/my_metric.py", (SEED / "my_metric.py").read_text())
    stage.machine.put("conf.d/my_metric.yaml", (SEED / "my_metric.yaml").read_text())
    done = stage.machine.agent_command("check", "my_metric")
    stage.keep_text("3-agent-check.txt", done.stdout + done.stderr)
    expect(done.returncode == 0, f"agent check my_metric ended with {done.returncode}: {done.stderr[-500:]}")
    expect('"my_metric"' in done.stdout and "[OK]" in done.stdout, f"it printed:\n{done.stdout[:800]}")
    stage.machine.put("conf.d/my_metric.yaml", (SEED / "my_metric_45s.yaml").read_text())


def my_metric(stage: Stage) -> str:
    """Step 3: points of my_metric are 45 seconds apart."""
    query = "avg:my_metric{!source:script}.rollup(avg,1)"

    def four() -> list[tuple[float, float]] | None:
        found = stage.machine.points(query)
        return found if len(found) >= 4 else None

    points = until(four, 200, "four points of my_metric")
    gaps = [round(after[0] - before[0]) for before, after in pairwise(points)]
    expect(all(44 <= gap <= 46 for gap in gaps[-2:]), f"points are {gaps} s apart")
    expect(all(1 <= value <= 1000 for _, value in points), f"values are {points}")
    stage.pages.open(f"/metric/explorer?q={query}&{past(15)}")
    stage.pages.see(stage.pages.tab.locator("canvas").first, "a graph of my_metric")
    stage.pages.picture("3-my-metric")
    stage.no_faults()
    return f"gaps of {', '.join(str(gap) for gap in gaps)} s"
