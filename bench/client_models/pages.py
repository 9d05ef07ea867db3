"""The `*_with_pagination` methods of the client give every element once, in the order of the whole list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.client_models.calls import Client
from bench.client_models.check import Checker, Resource
from bench.client_models.generate import Maker
from bench.client_models.resources import CORRECTIONS as CORRECTIONS_OF_SLOS
from bench.client_models.resources import (
    DASHBOARDS,
    DEFINITIONS,
    DOWNTIMES_V2,
    ENTITIES,
    KINDS,
    MONITORS,
    NOTEBOOKS,
    POWERPACKS,
    SLOS,
    SYNTHETICS,
    TEAMS,
    USERS,
)

#: Operation by resource: the class, the method, the argument that has the size of a page, the most of it.
LISTS: tuple[tuple[Resource, str, str, int], ...] = (
    (DASHBOARDS, "list_dashboards", "count", 1000), (MONITORS, "list_monitors", "page_size", 1000),
    (NOTEBOOKS, "list_notebooks", "count", 1000), (CORRECTIONS_OF_SLOS, "list_slo_correction", "limit", 1000),
    (SLOS, "list_slos", "limit", 1000), (SYNTHETICS, "list_tests", "page_size", 100),
    (DOWNTIMES_V2, "list_downtimes", "page_limit", 1000), (POWERPACKS, "list_powerpacks", "page_limit", 1000),
    (DEFINITIONS, "list_service_definitions", "page_size", 100),
    (ENTITIES, "list_catalog_entity", "page_limit", 100), (KINDS, "list_catalog_kind", "page_limit", 100),
    (TEAMS, "list_teams", "page_size", 100), (USERS, "list_users", "page_size", 500),
)  # fmt: skip
MADE = 7
PAGE = 3


def fill(checker: Checker, resource: Resource) -> int:
    """Make some; how many were."""
    maker = Maker([resource.seeds, checker.general], world=checker.world)
    kinds = checker.client.body_types(resource.api, resource.create)
    made = 0
    for _ in range(3 * MADE):
        maker.optional = lambda path: maker.number % 2 == 0
        body = resource.fixed(maker.body(kinds), maker)
        made += checker.client(resource.api, resource.create, body=body).ok
        if made == MADE:
            break
    return made


def ids_by_page(client: Client, api: str, operation: str, arguments: Mapping[str, Any]) -> list[str]:
    """What names each element that the client's generator gives."""
    method = getattr(client.instance(api), operation + "_with_pagination")
    return [_name(one) for one in method(**arguments)]


def _name(item: Any) -> str:
    found = item.get("id") or item.get("public_id")
    return str(found)
