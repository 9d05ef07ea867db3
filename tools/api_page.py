"""The page of endpoints: what is served, by which method the public client calls it, where its code is."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from datadog_api_client import ApiClient, Configuration
from litestar.handlers import HTTPRouteHandler

from heeler.intake.app import ENDPOINTS
from heeler.intake.unsupported_telemetry import ACCEPTED
from heeler.server.routes import route_handlers

_TOP = """\
# The API

What Heeler serves of Datadog's API, by the part of the product that it belongs to, with the method of
`datadog-api-client` that calls it. Addresses of old scripts (`/api/v1/dash`, `/api/v1/screen`, ...) have none
there; the `datadog` package calls them. Whatever is not listed answers 404: what is not stored is not
accepted, but for
the paths at the end of this page, and both are counted in `heeler.intake.not_kept`. The web app's own
endpoints, below
`/api/ui`, are not listed: they change with it. All of it as OpenAPI: `/api/openapi` of a running server.
This page is written by `make reference`."""


_NOT_STORED = (
    "## Accepted and not stored",
    "",
    "Real Agents call these paths unasked. `GET /api/ui/not_stored` lists what came, by sender.",
    "",
    "| path | product | why it is accepted |",
    "|---|---|---|",
)


class Endpoint(NamedTuple):
    method: str
    path: str
    client: str
    module: str

    def row(self) -> str:
        client = f"`{self.client}`" if self.client else ""
        source = f"../src/{self.module.replace('.', '/')}.py"
        return f"| {self.method} `{self.path}` | {client} | [{self.module.split('.', 1)[1]}]({source}) |"


def api_page() -> str:
    """Every endpoint, a table a package."""
    calls = client_methods()
    by_package: dict[str, list[Endpoint]] = {}
    for method, path, function in served():
        module = function.__module__
        found = Endpoint(method, path, calls.get((method, _shape(path)), ""), module)
        by_package.setdefault(module.split(".")[1], []).append(found)
    parts = [_TOP]
    for package in sorted(by_package):
        rows = sorted(set(by_package[package]), key=lambda one: (one.path, one.method))
        parts += ["", f"## {package}", "", "| endpoint | client | code |", "|---|---|---|"]
        parts += [one.row() for one in rows]
    parts += ["", *_NOT_STORED, *(f"| `{one.path}` | {one.product} | {one.reason} |" for one in ACCEPTED)]
    return "\n".join([*parts, ""])


def served() -> Iterator[tuple[str, str, Callable[..., Any]]]:
    for handler in route_handlers:
        if isinstance(handler, HTTPRouteHandler):
            for path in handler.paths:
                for method in handler.http_methods:
                    if path.startswith("/api/") and not path.startswith("/api/ui/"):
                        yield str(method), re.sub(r":\w+}", "}", path), handler.fn
    for path, endpoint in ENDPOINTS.items():
        yield "POST", path, endpoint


def client_methods() -> dict[tuple[str, str], str]:
    """Method and path (names of parameters left out) to ``v1.MetricsApi.submit_metrics``."""
    found: dict[tuple[str, str], str] = {}
    with ApiClient(Configuration()) as client:
        for version in ("v1", "v2"):
            package = importlib.import_module(f"datadog_api_client.{version}.api")
            for item in pkgutil.iter_modules(package.__path__):
                module = importlib.import_module(f"{package.__name__}.{item.name}")
                for name, kind in vars(module).items():
                    if isinstance(kind, type) and name.endswith("Api") and kind.__module__ == module.__name__:
                        found |= _methods(f"{version}.{name}", kind(client))
    return found


def _methods(name: str, api: object) -> dict[tuple[str, str], str]:
    settings = [getattr(endpoint, "settings", None) for endpoint in vars(api).values()]
    return {
        (item["http_method"], _shape(item["endpoint_path"])): f"{name}.{item['operation_id']}"
        for item in settings
        if item
    }


def _shape(path: str) -> str:
    return re.sub(r"{[^}]*}", "{}", path).rstrip("/")
