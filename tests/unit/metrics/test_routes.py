"""The route table of metrics: every module's endpoints are served, each once."""

from __future__ import annotations

from heeler.metrics import catalog_routes, indexing_rule_routes, query_routes, routes, tag_routes
from tests.unit.api_app import Caller


def test_every_module_is_served_once() -> None:
    modules = (catalog_routes, indexing_rule_routes, query_routes, tag_routes)
    wanted = [id(one) for module in modules for one in module.handlers]
    assert sorted(map(id, routes.handlers)) == sorted(set(wanted))


async def test_names_of_endpoints_are_no_names_of_metrics(admin: Caller) -> None:
    """Paths with a metric's name stand beside fixed ones of the same length."""
    assert "data" in await admin.get("/api/v2/metrics/tag-indexing-rules")
    body = {"data": {"id": "none.such", "type": "metric_bulk_configure_tags"}}
    await admin.delete("/api/v2/metrics/config/bulk-tags", 202, body)
    await admin.refused("GET", "/api/v2/metrics/config/tags", None, 404)
