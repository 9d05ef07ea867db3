"""Ids that nothing has, at each operation of the client that takes one.

The answer is 404 with errors, or says first what is wrong with the rest of the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from bench.client_models.calls import Client, NotSendable
from bench.client_models.check import errors_of
from bench.client_models.generate import Maker, Values

_NOBODY = "7d0f4a52-0000-4000-8000-00000000dead"
_DOCUMENTED = re.compile(r"`(v[12])\.(\w+)\.(\w+)`")
#: Operations whose path is a name that comes into being with them, or that find nothing without an error.
FREE = {
    "create_host_tags", "update_host_tags", "get_host_tags", "delete_host_tags", "mute_host", "unmute_host",
    "update_metric_metadata", "create_tag_configuration", "list_active_metric_configurations",
    "create_or_update_service_definitions", "update_restriction_policy", "get_restriction_policy",
    "delete_restriction_policy", "get_page_annotations", "list_tags_by_metric_name", "upload_idp_for_org",
    "create_tag_indexing_rule_exemption", "list_tag_indexing_rules_for_metric",
    "get_report_schedules_for_resource",
}  # fmt: skip


def served(api_page: Path) -> Iterator[tuple[str, str]]:
    """The client's classes and methods that the list of endpoints has."""
    found = _DOCUMENTED.findall(api_page.read_text())
    yield from dict.fromkeys((f"{version}.{api}", operation) for version, api, operation in found)


def with_ids(client: Client, operations: Iterator[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Those whose path takes an id."""
    for api, operation in operations:
        places = client.endpoint(api, operation).params_map.values()
        if operation not in FREE and any(one.get("location") == "path" for one in places):
            yield api, operation


def check(client: Client, api: str, operation: str, seeds: list[Values], world: dict[str, Any]) -> str:
    """What is wrong with the answer to an id that nothing has; empty if it is a 404 with errors."""
    endpoint = client.endpoint(api, operation)
    path, named = [], {}
    for name, place in endpoint.params_map.items():
        kinds = place["openapi_types"]
        if place.get("location") == "path":
            allowed = [one.allowed_values for one in kinds if getattr(one, "allowed_values", None)]
            path.append(
                sorted(allowed[0])[0]
                if allowed
                else 999_999_999
                if int in kinds
                else UUID(_NOBODY)
                if UUID in kinds
                else _NOBODY
            )
        elif place.get("location") == "body":
            maker = Maker(seeds, world={**world})
            maker.optional = lambda _: True
            named["body"] = maker.body(kinds)
        elif place.get("required"):
            named[name] = 1_700_000_000 if int in kinds else "x"
    try:
        answer = client(api, operation, *path, **named)
    except NotSendable as error:
        return f"harness: {error}"
    right = answer.status == 404 or (answer.status in (400, 422) and not _about_ids(answer.message))
    return "" if right and errors_of(answer.document) else f"{answer.status} {answer.message[:200]}"


def _about_ids(message: str) -> bool:
    """Whether a 400 says that something was not found; of pipelines it does, as in Datadog's API."""
    return "not found" in message and "Pipeline" not in message
