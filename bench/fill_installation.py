"""Fills an installation through the public API, for tests of moving in and out.

Dashboards and monitors of a corpus, users, roles, teams, SLOs, notebooks, downtimes, log configuration,
metric metadata and tag configurations.

    python bench/fill_installation.py URL API_KEY APP_KEY CORPUS [DASHBOARDS]
"""

from __future__ import annotations

import json
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from bench.fill_access import mappings, orders, policies, restriction_query

Object = dict[str, Any]


class Filler:
    """Calls the API at ``url``; ``refused`` are the calls that were answered with an error."""

    def __init__(self, url: str, api_key: str, app_key: str) -> None:
        self._url = url
        self._headers = {
            "DD-API-KEY": api_key,
            "DD-APPLICATION-KEY": app_key,
            "Content-Type": "application/json",
        }
        self.refused: list[str] = []

    def call(self, method: str, path: str, body: Any) -> Any:
        """The decoded answer; None when it was an error, which is noted."""
        data = json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, self._headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            self.refused.append(f"{method} {path}: {error.code} {error.read()[:200]!r}")
            return None


def fill(filler: Filler, corpus: Path, dashboards: int = 1_000, people: int = 12) -> None:
    _people(filler, people)
    restriction_query(filler)
    monitors = _monitors(filler, corpus)
    slos = _slos(filler, monitors)
    boards = _dashboards(filler, corpus, dashboards, monitors, slos)
    _notebooks(filler, boards, monitors, slos)
    _downtimes(filler, monitors)
    _logs_and_metrics(filler)
    filler.call("POST", "/api/v1/tags/hosts/host-1?source=users", {"tags": ["rack:12", "owner:core"]})
    mappings(filler)
    policies(filler, boards, monitors, slos)
    orders(filler)


def _people(filler: Filler, count: int) -> list[str]:
    permissions = filler.call("GET", "/api/v2/permissions", None)["data"]
    ids = {one["attributes"]["name"]: one["id"] for one in permissions}
    role = filler.call(
        "POST",
        "/api/v2/roles",
        {
            "data": {
                "type": "roles",
                "attributes": {"name": "On-call"},
                "relationships": {
                    "permissions": {
                        "data": [
                            {"id": ids[name], "type": "permissions"}
                            for name in ("monitors_read", "monitors_downtime", "dashboards_read")
                        ]
                    }
                },
            }
        },
    )["data"]["id"]
    users = []
    for number in range(count):
        made = filler.call(
            "POST",
            "/api/v2/users",
            {
                "data": {
                    "type": "users",
                    "attributes": {
                        "email": f"person{number}@example.org",
                        "name": f"Person {number}",
                        "title": "SRE",
                    },
                    "relationships": {"roles": {"data": [{"id": role, "type": "roles"}]}},
                }
            },
        )
        users.append(made["data"]["id"])
    for number in range(count // 3):
        team = filler.call(
            "POST",
            "/api/v2/team",
            {
                "data": {
                    "type": "team",
                    "attributes": {
                        "name": f"Team {number}",
                        "handle": f"team-{number}",
                        "description": "Owns things",
                    },
                }
            },
        )["data"]["id"]
        for user in users[number * 3 : number * 3 + 3]:
            filler.call(
                "POST",
                f"/api/v2/team/{team}/memberships",
                {
                    "data": {
                        "type": "team_memberships",
                        "attributes": {"role": None},
                        "relationships": {"user": {"data": {"type": "users", "id": user}}},
                    }
                },
            )
        filler.call(
            "POST",
            f"/api/v2/team/{team}/links",
            {
                "data": {
                    "type": "team_links",
                    "attributes": {"label": "Runbook", "url": "https://wiki.example.org/x", "position": 0},
                }
            },
        )
    return users


def _monitors(filler: Filler, corpus: Path) -> list[int]:
    made = []
    for file in sorted((corpus / "monitors").glob("*.json")):
        answer = filler.call("POST", "/api/v1/monitor", json.loads(file.read_text())["definition"])
        if answer:
            made.append(answer["id"])
    composite = {
        "type": "composite",
        "name": "Both",
        "query": f"{made[0]} && !{made[1]}",
        "message": f"Look at /monitors/{made[2]} @person1@example.org",
        "tags": ["team:core"],
        "options": {},
    }
    made.append(filler.call("POST", "/api/v1/monitor", composite)["id"])
    return made


def _slos(filler: Filler, monitors: list[int]) -> list[str]:
    thresholds = [{"timeframe": "7d", "target": 99.0, "warning": 99.5}]
    bodies: list[Object] = [
        {"type": "monitor", "name": "Uptime", "monitor_ids": monitors[:2], "thresholds": thresholds},
        {
            "type": "metric",
            "name": "Good requests",
            "tags": ["team:core"],
            "thresholds": thresholds,
            "query": {"numerator": "sum:good{*}.as_count()", "denominator": "sum:all{*}.as_count()"},
        },
    ]
    made = [filler.call("POST", "/api/v1/slo", body)["data"][0]["id"] for body in bodies]
    filler.call(
        "POST",
        "/api/v1/slo/correction",
        {
            "data": {
                "type": "correction",
                "attributes": {
                    "slo_id": made[1],
                    "category": "Deployment",
                    "description": "Release",
                    "start": int(time.time()) - 7200,
                    "end": int(time.time()) - 3600,
                    "timezone": "UTC",
                },
            }
        },
    )
    alert = {
        "type": "slo alert",
        "name": "Budget",
        "query": f'error_budget("{made[1]}").over("7d") > 75',
        "message": f"See /slo?slo_id={made[0]}",
        "options": {"thresholds": {"critical": 75}},
    }
    monitors.append(filler.call("POST", "/api/v1/monitor", alert)["id"])
    return made


def _dashboards(filler: Filler, corpus: Path, most: int, monitors: list[int], slos: list[str]) -> list[str]:
    made = []
    for file in sorted((corpus / "dashboards").glob("*.json"))[:most]:
        board = json.loads(file.read_text())
        answer = filler.call("POST", "/api/v1/dashboard", {key: board[key] for key in board if key != "id"})
        if answer:
            made.append(answer["id"])
    names = ("alert_graph", "alert_value")
    widgets = [
        {"definition": {"type": name, "alert_id": str(monitors[0]), **extra}}
        for name, extra in zip(names, ({"viz_type": "timeseries"}, {"precision": 2}), strict=True)
    ]
    widgets.append(
        {
            "definition": {
                "type": "slo",
                "slo_id": slos[0],
                "view_type": "detail",
                "view_mode": "overall",
                "time_windows": ["7d"],
            }
        }
    )
    widgets.append(
        {
            "definition": {
                "type": "note",
                "content": f"[next](/dashboard/{made[0]}/x), https://app.datadoghq.com/monitors/{monitors[1]}",
            }
        }
    )
    own = {"title": "Links", "layout_type": "ordered", "widgets": widgets, "tags": ["team:core"]}
    made.append(filler.call("POST", "/api/v1/dashboard", own)["id"])
    first = filler.call("GET", f"/api/v1/dashboard/{made[0]}", None)
    note = {"type": "note", "content": f"[back](/dashboard/{made[-1]})"}
    first["widgets"].append({"definition": note, "layout": {"x": 0, "y": 90, "width": 4, "height": 2}})
    filler.call("PUT", f"/api/v1/dashboard/{made[0]}", first)  # two boards that link to each other
    listed = filler.call("POST", "/api/v1/dashboard/lists/manual", {"name": "Core boards"})["id"]
    items = [{"id": one, "type": "custom_timeboard"} for one in made[:3]]
    filler.call("POST", f"/api/v2/dashboard/lists/manual/{listed}/dashboards", {"dashboards": items})
    return made


def _notebooks(filler: Filler, boards: list[str], monitors: list[int], slos: list[str]) -> None:
    cells = [
        {
            "type": "notebook_cells",
            "attributes": {
                "definition": {
                    "type": "markdown",
                    "text": f"# Steps\n/dashboard/{boards[0]} /monitors/{monitors[0]} /slo/{slos[0]}",
                }
            },
        },
        {
            "type": "notebook_cells",
            "attributes": {
                "definition": {
                    "type": "timeseries",
                    "requests": [{"q": "avg:system.load.1{*}"}],
                }
            },
        },
    ]
    for number in range(3):
        filler.call(
            "POST",
            "/api/v1/notebooks",
            {
                "data": {
                    "type": "notebooks",
                    "attributes": {
                        "name": f"Runbook {number}",
                        "cells": cells,
                        "time": {"live_span": "1h"},
                        "status": "published",
                    },
                }
            },
        )


def _downtimes(filler: Filler, monitors: list[int]) -> None:
    rule = {"start": "2030-01-01T10:00", "duration": "1h", "rrule": "FREQ=DAILY;INTERVAL=1"}
    schedules: list[Object] = [
        {
            "schedule": {"start": "2031-01-01T00:00:00+00:00", "end": "2031-01-01T02:00:00+00:00"},
            "monitor_identifier": {"monitor_id": monitors[0]},
        },
        {
            "schedule": {"timezone": "Europe/Berlin", "recurrences": [rule]},
            "monitor_identifier": {"monitor_tags": ["*"]},
        },
    ]
    for one in schedules:
        attributes = {"scope": "env:staging", "message": f"Maintenance {monitors[0]}", **one}
        filler.call("POST", "/api/v2/downtime", {"data": {"type": "downtime", "attributes": attributes}})


def _logs_and_metrics(filler: Filler) -> None:
    filler.call(
        "POST",
        "/api/v1/logs/config/pipelines",
        {
            "name": "Web",
            "is_enabled": True,
            "filter": {"query": "source:web"},
            "processors": [
                {
                    "type": "grok-parser",
                    "name": "lines",
                    "is_enabled": True,
                    "source": "message",
                    "samples": [],
                    "grok": {"support_rules": "", "match_rules": "rule %{word:verb}"},
                }
            ],
        },
    )
    filler.call(
        "POST",
        "/api/v1/logs/config/indexes",
        {
            "name": "web",
            "filter": {"query": "source:web"},
            "num_retention_days": 7,
            "exclusion_filters": [],
        },
    )
    filler.call(
        "POST",
        "/api/v2/logs/config/metrics",
        {
            "data": {
                "type": "logs_metrics",
                "id": "web.lines",
                "attributes": {"compute": {"aggregation_type": "count"}, "filter": {"query": "source:web"}},
            }
        },
    )
    filler.call(
        "POST",
        "/api/v2/apm/config/metrics",
        {
            "data": {
                "type": "spans_metrics",
                "id": "shop.spans",
                "attributes": {
                    "compute": {"aggregation_type": "distribution", "path": "@duration"},
                    "filter": {"query": "service:shop"},
                    "group_by": [{"path": "resource_name", "tag_name": "resource"}],
                },
            }
        },
    )
    send_points(filler)
    filler.call("PUT", "/api/v1/metrics/shop.orders", {"description": "Orders", "unit": "request"})
    filler.call(
        "POST",
        "/api/v2/metrics/shop.carts/tags",
        {
            "data": {
                "type": "manage_tags",
                "id": "shop.carts",
                "attributes": {"tags": ["env"], "metric_type": "gauge"},
            }
        },
    )
    filler.call(
        "POST",
        "/api/v2/services/definitions",
        {
            "schema-version": "v2.2",
            "dd-service": "shop",
            "team": "team-0",
            "description": "The shop",
        },
    )


def send_points(filler: Filler) -> None:
    """A point now of each metric that has metadata or a tag configuration."""
    now = int(time.time())
    points = [{"timestamp": now, "value": 1.0}]
    filler.call(
        "POST",
        "/api/v2/series",
        {
            "series": [
                {
                    "metric": name,
                    "type": 3,
                    "points": points,
                    "resources": [{"type": "host", "name": "host-1"}],
                    "tags": ["env:prod", "user:1"],
                }
                for name in ("shop.orders", "shop.carts")
            ]
        },
    )


if __name__ == "__main__":
    url, api_key, app_key, corpus, *rest = sys.argv[1:]
    made = Filler(url, api_key, app_key)
    fill(made, Path(corpus), int(rest[0]) if rest else 1_000)
    print("\n".join(made.refused) or "nothing was refused")
