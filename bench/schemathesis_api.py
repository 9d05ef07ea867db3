"""Fuzzes every operation of ``/api/openapi`` with Schemathesis: none is answered by a 5xx.

    python -m bench.schemathesis_api [--examples 50] [--seed 1] [--phases coverage,fuzzing] [--only REGEX]

A server is started, and an API key and an application key with all rights are used. Bodies that the
description leaves open are described by what clients send (`bench.api_bodies`); ids of paths are those of
things that exist. Requests that would take the runner's own key, user or role away go to another id.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.api_bodies import BODIES

#: Operations that are left out, with the reason.
LEFT_OUT = {
    "/api/ui/logs/tail": "a stream of events that does not end",
    "/api/ui/login": "delays grow with each failed attempt, by design",
    "/api/ui/password": "would end the runner's own user's sessions; its rules are unit tested",
}
#: Operations of people's own sessions, which a key may not use: that they refuse it is right.
SESSION_ONLY = {
    "GET /api/ui/sessions", "DELETE /api/ui/sessions/{session_id}", "GET /api/ui/totp", "POST /api/ui/totp",
    "POST /api/ui/totp/disable", "POST /api/ui/totp/enrollment", "POST /api/ui/totp/recovery_codes",
}  # fmt: skip
METHODS = ("get", "post", "put", "patch", "delete")
_LISTS = {  # a collection to look into, the field of an id, and the name of the path's parameter
    "/api/v1/dashboard": ("dashboards", "id", ("dashboard_id", "board_id")),
    "/api/v1/monitor": ("", "id", ("monitor_id",)),
    "/api/v1/slo": ("data", "id", ("slo_id",)),
    "/api/v1/slo/correction": ("data", "id", ("correction_id",)),
    "/api/v2/downtime": ("data", "id", ("downtime_id",)),
    "/api/v2/team": ("data", "id", ("team_id",)),
    "/api/v2/roles": ("data", "id", ("role_id",)),
    "/api/v2/permissions": ("data", "id", ("permission_id",)),
    "/api/v2/users": ("data", "id", ("uuid", "user_id", "account")),
    "/api/v1/notebooks": ("data", "id", ("notebook_id",)),
    "/api/v1/dashboard/lists/manual": ("dashboard_lists", "id", ("list_id",)),
    "/api/v2/powerpacks": ("data", "id", ("powerpack_id",)),
    "/api/v1/logs/config/pipelines": ("", "id", ("pipeline_id",)),
    "/api/v2/logs/config/metrics": ("data", "id", ("metric_id",)),
}
#: Words of bodies, and the path parameter whose first id stands there.
_PLACES = {
    "ROLE_ID": "role_id", "PERMISSION_ID": "permission_id", "USER_ID": "uuid", "SLO_ID": "slo_id",
    "DASHBOARD_ID": "dashboard_id",
}  # fmt: skip
#: Ends of paths that make nothing new.
_NOT_MADE = ("_all", "bulk_delete", "by_scope", "bulk-tags", "archives", "-order", "current_user")
#: Values of parameters that are names and not ids.
_NAMES = {
    "name": ("m", "a.b", "main", "fuzz", "FUZZ"), "host": ("a", "web-1"), "service": ("web",),
    "source": ("logs", "spans", "events"), "action": ("manage_membership", "edit"),
    "handle": ("fuzz@example.com",),
}  # fmt: skip


class Client:
    """The API of one server, with keys that may do everything."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.url, self.headers = url, dict(headers)

    def send(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and document of the answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, method=method)
        for name, value in {**self.headers, "Content-Type": "application/json"}.items():
            request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode(errors="replace")


def fill(client: Client) -> list[str]:
    """Make a few of everything that can be made, so that ids lead somewhere; what was refused is returned."""
    refused = []
    for path, body in BODIES.items():
        if "{" in path.replace("{source}", "") or path.endswith(_NOT_MADE):
            continue
        for number in range(3):
            made = placed(_numbered(body, number), known_ids(client))
            status, answer = client.send("POST", path.replace("{source}", "logs"), made)
            if status >= 300 and number == 0:
                refused.append(f"{path}: {status} {str(answer)[:200]}")
    return refused


def placed(body: Any, ids: Mapping[str, list[Any]]) -> Any:
    """``body`` with ids of things that exist where it has the words of `_PLACES`."""
    text = json.dumps(body)
    for word, parameter in _PLACES.items():
        text = text.replace(word, str((ids.get(parameter) or ["0"])[0]))
    return json.loads(text)


def _numbered(body: Any, number: int) -> Any:
    """``body`` with names of its own."""
    text = json.dumps(body)
    return json.loads(re.sub(r"(?<=[\"])(fuzz|Fuzz|FUZZ)(?=[\".@])", rf"\g<1>{number or ''}", text))


def known_ids(client: Client) -> dict[str, list[Any]]:
    """Values of path parameters that lead somewhere."""
    found: dict[str, list[Any]] = {name: list(values) for name, values in _NAMES.items()}
    for path, (field, key, parameters) in _LISTS.items():
        status, document = client.send("GET", path)
        if status != 200:
            raise RuntimeError(f"GET {path} answered {status}: {document}")
        rows = document[field] if field else document
        if path == "/api/v2/roles":  # managed roles refuse every change
            rows = [row for row in rows if not row["attributes"]["name"].startswith("Heeler ")] or rows
        for parameter in parameters:
            found.setdefault(parameter, []).extend(row[key] for row in rows[:20])
    return found


def own_ids(client: Client) -> set[str]:
    """Ids whose removal would lock the runner out: its user, its roles and all keys of the start."""
    _, user = client.send("GET", "/api/v2/current_user")
    own = {user["data"]["id"], user["data"]["attributes"]["handle"]}
    own |= {role["id"] for role in user["data"]["relationships"]["roles"]["data"]}
    for path in ("/api/v2/api_keys", "/api/v2/application_keys"):
        own |= {row["id"] for row in client.send("GET", path)[1]["data"]}
    return own | set(client.headers.values())


def described(value: Any) -> dict[str, Any]:
    """A schema for documents like ``value``: the same shape, with its own values and others."""
    if isinstance(value, dict):
        properties = {key: described(item) for key, item in value.items()}
        return {"type": "object", "properties": properties, "required": list(value)[:2]}
    if isinstance(value, list):
        return {
            "type": "array",
            "items": {"anyOf": [described(item) for item in value] or [{}]},
            "maxItems": 6,
        }
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string"}
    loose = {"type": kinds[type(value)]} if value is not None else {}
    return {"anyOf": [{"enum": [value]}, loose]}


def enriched(schema: dict[str, Any], ids: Mapping[str, list[Any]]) -> dict[str, Any]:
    """The API's description with bodies and ids that get past the door, without what is left out."""
    paths = {}
    for path, operations in schema["paths"].items():
        if path in LEFT_OUT:
            continue
        paths[path] = operations
        for method, operation in operations.items():
            if method not in METHODS:
                continue
            for parameter in operation.get("parameters", ()):
                known = ids.get(parameter["name"])
                if parameter["in"] == "path" and known:
                    values = sorted({str(one) for one in known})
                    if parameter["schema"].get("type") == "integer":
                        values = [int(one) for one in values if one.isdigit()]  # type: ignore[misc]
                    if not values:
                        continue
                    parameter["schema"] = {"enum": values}
            body = placed(BODIES.get(path), ids)
            if body is not None and (method in ("post", "put", "patch") or "requestBody" in operation):
                content = {"application/json": {"schema": described(body), "example": body}}
                operation["requestBody"] = {"required": True, "content": content}
    return {**schema, "paths": paths}


def run(
    url: str,
    headers: Mapping[str, str],
    folder: Path,
    *,
    examples: int,
    seed: int,
    phases: str = "fuzzing",
    only: str = "",
    max_seconds: int = 0,
    workers: int = 2,
) -> tuple[int, str]:
    """Fuzz the server at ``url``; the exit status of Schemathesis (0: nothing found) and its report."""
    client = Client(url, headers)
    refused = fill(client)
    status, schema = client.send("GET", "/api/openapi/openapi.json")
    if status != 200:
        raise RuntimeError(f"/api/openapi/openapi.json answered {status}")
    document = folder / "openapi.json"
    document.write_text(json.dumps(enriched(schema, known_ids(client))))
    (folder / "own.json").write_text(json.dumps(sorted(own_ids(client))))
    start = "from schemathesis.cli import schemathesis; schemathesis()"
    command = [
        sys.executable, "-c", start, "run", str(document),
        "--url", url, "--checks", "not_a_server_error", "--phases", phases, "--max-examples", str(examples),
        "--seed", str(seed),
        "--workers", str(workers), "--continue-on-failure", "--no-shrink", "--suppress-health-check", "all",
        "--generation-database", "none", "--request-timeout", "60", "--no-color", "--warnings", "off",
    ]  # fmt: skip
    for name, value in headers.items():
        command += ["--header", f"{name}:{value}"]
    command += ["--include-path-regex", only] if only else []
    command += ["--max-time", str(max_seconds)] if max_seconds else []
    here = str(Path(__file__).parent.parent)
    environment = {
        **os.environ, "SCHEMATHESIS_HOOKS": "bench.schemathesis_hooks", "HEELER_FUZZ_FOLDER": str(folder),
        "PYTHONPATH": os.pathsep.join((here, os.environ.get("PYTHONPATH", ""))),
    }  # fmt: skip
    done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
    report = done.stdout + done.stderr
    statuses = folder / "statuses.json"
    if statuses.exists():
        counted: dict[str, dict[str, int]] = json.loads(statuses.read_text())
        report += _table(counted)
    if refused:
        report += "\nseeds that were refused:\n  " + "\n  ".join(refused)
    return done.returncode, report


def _table(counted: dict[str, dict[str, int]]) -> str:
    totals: dict[str, int] = {}
    for statuses in counted.values():
        for status, count in statuses.items():
            totals[status] = totals.get(status, 0) + count
    lines = ["", f"{sum(totals.values()):,} requests to {len(counted)} operations:"]
    lines += [f"  {status}: {totals[status]:,}" for status in sorted(totals)]
    refusing = {name for name, statuses in counted.items() if set(statuses) <= {"401", "403"}}
    closed = sorted(refusing - SESSION_ONLY)
    lines.append(f"operations that only refused the caller: {', '.join(closed) or 'none'}")
    return "\n".join(lines)


def main() -> int:
    from bench.servers import API_KEY, APP_KEY, heeler

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--examples", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--phases", default="examples,coverage,fuzzing")
    parser.add_argument("--only", default="", help="a regular expression of paths")
    parser.add_argument("--max-seconds", type=int, default=0)
    options = parser.parse_args()
    headers = {"DD-API-KEY": API_KEY, "DD-APPLICATION-KEY": APP_KEY}
    with tempfile.TemporaryDirectory() as folder, heeler(Path(folder) / "server") as server:
        status, report = run(
            f"http://127.0.0.1:{server.port}", headers, Path(folder), examples=options.examples,
            seed=options.seed, phases=options.phases, only=options.only, max_seconds=options.max_seconds,
        )  # fmt: skip
    print(report)
    return status


if __name__ == "__main__":
    sys.exit(main())
