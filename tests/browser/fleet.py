"""A small fleet for pages to show, of deterministic shapes, so that pictures can be compared."""

from __future__ import annotations

import math
import random
from typing import Any

HOSTS = {
    "web-1": ("us-east-1a", "web"),
    "web-2": ("us-east-1b", "web"),
    "web-3": ("us-east-1a", "web"),
    "db-1": ("us-east-1a", "db"),
    "db-2": ("us-east-1b", "db"),
    "cache-1": ("us-east-1b", "cache"),
}
HOUR = 3600
STEP = 20


def tags_of(host: str) -> list[str]:
    zone, role = HOSTS[host]
    return ["env:prod", f"role:{role}", f"availability-zone:{zone}"]


def series(now: int, since: int) -> list[dict[str, Any]]:
    """Points after ``since`` up to ``now``."""
    random_ = random.Random(7)
    times = range(since + STEP, now + 1, STEP)
    made = []
    for place, host in enumerate(HOSTS):
        base = 12 + 13 * place
        busy = [base + 8 * math.sin(t / 400 + place) + random_.uniform(-3, 3) for t in times]
        made.append(metric("system.cpu.user", host, zip(times, busy, strict=True), "gauge"))
        idle = [100 - value for value in busy]
        made.append(metric("system.cpu.idle", host, zip(times, idle, strict=True), "gauge"))
        made.append(metric("system.load.norm.15", host, [(now, 0.1 + 0.12 * place)], "gauge"))
        made.append(metric("system.mem.pct_usable", host, [(now, 0.9 - 0.13 * place)], "gauge"))
        used = [(2 + place) * 2**30 + 5e7 * math.sin(t / 900) for t in times]
        made.append(metric("system.mem.used", host, zip(times, used, strict=True), "gauge"))
    for host in ("web-1", "web-2", "web-3"):
        counts = [round(180 + 60 * math.sin(t / 700) + random_.uniform(-15, 15)) for t in times]
        made.append(metric("web.requests", host, zip(times, counts, strict=True), "count"))
    return made


def metric(name: str, host: str, points: Any, kind: str) -> dict[str, Any]:
    return {
        "metric": name,
        "host": host,
        "type": kind,
        "interval": STEP,
        "points": [[at, round(value, 3)] for at, value in points],
        "tags": tags_of(host),
    }


def host_payloads(now: int) -> list[dict[str, Any]]:
    """What an agent says of its host: tags, operating system, checks that run."""
    return [
        {
            "apiKey": "",
            "agentVersion": "7.60.0",
            "uuid": f"uuid-{host}",
            "internalHostname": host,
            "os": "linux",
            "python": "3.12",
            "collection_timestamp": now,
            "agent_checks": [
                ["cpu", "cpu", "cpu", "OK", ""],
                [
                    "disk",
                    "disk",
                    "disk",
                    "OK" if host != "db-2" else "ERROR",
                    "" if host != "db-2" else "no such mount: /data",
                ],
            ],
            "systemStats": {
                "cpuCores": 4,
                "machine": "x86_64",
                "platform": "linux",
                "processor": "EPYC",
                "pythonV": "3.12",
            },
            "meta": {"hostname": host, "socket-hostname": host, "timezones": ["UTC"]},
            "host-tags": {"system": tags_of(host)},
            "gohai": "{}",
        }
        for host in HOSTS
    ]


def components(now: int) -> dict[str, Any]:
    """What an agent tells of its own processes: one of them failed and is being tried again."""
    told = [
        {"name": "collector", "state": "running", "cause": ""},
        {"name": "trace", "state": "starting", "cause": "port 8126 is taken"},
    ]
    return {"hostname": "db-2", "timestamp": now * 10**9, "agent_components": {"components": told}}
