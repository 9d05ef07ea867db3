"""Steps 1 to 3: tags, a database, a check of one's own and its interval."""

from __future__ import annotations

import threading
import time
from itertools import pairwise
from statistics import median

import pymongo
from datadog import api
from tests.mongo_server import MongoServer
from tests.mongodb import Mongo, NoMongoDB, live_mongo

from examples.walkthrough.machine import SEED, expect, until, use_client
from examples.walkthrough.pages import past
from examples.walkthrough.stage import Stage

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

    until(tagged, 90, "the host has the tags of datadog.yaml")
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


def start_mongo(stage: Stage) -> Mongo:
    """The truest MongoDB that this machine has."""
    try:
        return live_mongo(stage.machine.root / "mongo", stage.closing)
    except NoMongoDB as reason:
        server = MongoServer()
        stage.closing.callback(server.close)
        return Mongo(server.address, f"replies written by hand, as there is {reason}")


def use_mongo(stage: Stage, database: Mongo) -> None:
    """Work for the database, now more and now less, so that its graphs have a shape."""
    over = threading.Event()

    def visit(client: pymongo.MongoClient[dict[str, object]], number: int) -> None:
        if not database.username:
            client.admin.command("ping")
            return
        visits = client.museum.visits
        visits.insert_one({"exhibit": number % 40, "seconds": 20 + number % 90})
        list(visits.find({"exhibit": number % 40}).limit(20))
        if number % 10 == 0:
            visits.update_many({"exhibit": number % 40}, {"$set": {"seen": True}})
            visits.delete_many({"exhibit": (number + 20) % 40})

    def ask() -> None:
        with pymongo.MongoClient[dict[str, object]](database.url) as client:
            number = 0
            while not over.wait(0.1 + 0.3 * (int(time.time() / 20) % 3)):
                number += 1
                visit(client, number)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    stage.closing.callback(thread.join, 10)
    stage.closing.callback(over.set)


def configure_mongo(stage: Stage) -> None:
    """``conf.d/mongo.d/conf.yaml`` as the integration's instructions have it."""
    database = start_mongo(stage)
    stage.facts["mongo"] = database.kind
    use_mongo(stage, database)
    user = (
        f"    username: {database.username}\n    password: {database.password}\n"
        "    options:\n      authSource: admin\n"
    )
    stage.machine.put(
        "conf.d/mongo.d/conf.yaml",
        f"init_config:\n\ninstances:\n  - hosts:\n      - {database.address}\n"
        f"{user if database.username else ''}    min_collection_interval: 5\n",
    )


def mongo(stage: Stage) -> str:
    """Step 2: MongoDB by ``conf.d/mongo.d/conf.yaml``, its metrics, its service check, its dashboard."""
    query = "avg:mongodb.network.bytesinps{*}"
    points = until(
        lambda: (found := stage.machine.points(query)) and len(found) > 2 and found, 120, f"points of {query}"
    )
    expect(all(value > 0 for _, value in points[1:]), f"{query} is not above zero: {points}")
    for neighbor in ("network.bytesoutps", "network.numrequestsps", "opcounters.commandps", "uptime"):
        until(lambda name=neighbor: stage.machine.points(f"avg:mongodb.{name}{{*}}"), 30, neighbor)  # type: ignore[misc]
    until(
        lambda: "mongo" in stage.machine.agent_command("status").stdout,
        60,
        "agent status names the mongo check",
    )
    stage.pages.open(f"/metric/explorer?q={query}&{past(5)}")
    stage.pages.see(stage.pages.tab.locator("canvas").first, "a graph of mongodb.network.bytesinps")
    stage.pages.picture("2-mongodb")
    stage.no_faults()
    return f"{stage.facts['mongo']}; {len(points)} points; {can_connect(stage)}"


def can_connect(stage: Stage) -> str:
    """``mongodb.can_connect``, as a monitor of the service check sees it through the public API."""
    use_client(stage.machine)
    made = api.Monitor.create(
        type="service check", name="MongoDB can be reached", message="@me@example.com",
        query='"mongodb.can_connect".over("*").by("host","port").last(2).count_by_status()',
        options={"thresholds": {"critical": 1, "ok": 1}},
    )  # fmt: skip

    def groups() -> dict[str, str] | None:
        state = api.Monitor.get(made["id"], group_states="all").get("state", {})
        found = {name: group["status"] for name, group in state.get("groups", {}).items()}
        return found if "OK" in found.values() else None

    seen = until(groups, 60, "a group of mongodb.can_connect that is OK")
    return "can_connect is " + ", ".join(f"{status} for {name}" for name, status in seen.items())


def mongo_dashboard(stage: Stage) -> str:
    """The dashboard that comes along for MongoDB."""
    tab = stage.pages.open(f"/dashboard/integration-mongo?{past(5)}", "MongoDB overview")
    stage.pages.see(tab.get_by_label("Can connect").get_by_text("OK").first, "that MongoDB can be reached")
    for title in ("By kind", "Bytes in and out"):
        frame = tab.get_by_label(title, exact=True)
        stage.pages.see(frame.locator("canvas").first, f"the graph {title!r}")
    stage.pages.picture("2-dashboard")
    stage.no_faults()
    return "MongoDB overview"


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

    points = until(four, 300, "four points of my_metric")
    gaps = [round(after[0] - before[0]) for before, after in pairwise(points)]
    # One late point on a busy machine makes one gap longer and the next one shorter.
    expect(44 <= median(gaps) <= 46, f"points are {gaps} s apart")
    expect(all(1 <= value <= 1000 for _, value in points), f"values are {points}")
    stage.pages.open(f"/metric/explorer?q={query}&{past(5)}")
    stage.pages.see(stage.pages.tab.locator("canvas").first, "a graph of my_metric")
    stage.pages.picture("3-my-metric")
    stage.no_faults()
    return f"gaps of {', '.join(str(gap) for gap in gaps)} s"
