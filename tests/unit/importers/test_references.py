from __future__ import annotations

import pytest

from heeler.importers.references import Reference, references, rewrite

SLO = "0123456789abcdef0123456789abcdef"


def test_every_kind_of_reference_is_found() -> None:
    monitor = {
        "type": "slo alert",
        "query": f'burn_rate("{SLO}").over("7d").long_window("1h") > 2',
        "message": "",
    }
    assert references("monitors", monitor) == [Reference("service_level_objectives", SLO, required=True)]
    downtime = {"attributes": {"monitor_identifier": {"monitor_id": 7}, "message": "see /notebook/12/x"}}
    assert set(references("downtime_schedules", downtime)) == {
        Reference("monitors", "7", required=True),
        Reference("notebooks", "12", link=True),
    }
    user = {"relationships": {"roles": {"data": [{"id": "r", "type": "roles"}]}}}
    assert references("users", user) == [Reference("roles", "r")]


def test_numbers_that_are_no_ids_stay() -> None:
    body = {"type": "query alert", "query": "avg(last_5m):avg:m{*} > 123", "options": {"alert_id": True}}
    assert rewrite("monitors", body, lambda _: "9") == body


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/monitors/12?x=1", "/monitors/99?x=1"),
        ("/monitors#12", "/monitors#99"),
        ("/monitors/123", "/monitors/123"),
        (f"/slo?slo_id={SLO}", f"/slo?slo_id={SLO}"),
        ("see /dashboard/abc-def-ghi/name?from=1", "see /dashboard/abc-def-ghi/name?from=1"),
    ],
)
def test_links(text: str, expected: str) -> None:
    known = {("monitors", "12"): "99"}
    found = rewrite("notebooks", {"text": text}, lambda one: known.get((one.kind, one.id)))
    assert found == {"text": expected}


def test_lists_lose_what_did_not_come_and_the_original_is_untouched() -> None:
    body = {"dashboards": [{"id": "a", "type": "custom_timeboard"}, {"id": "b", "type": "custom_timeboard"},
                           {"id": "1", "type": "integration_screenboard"}]}  # fmt: skip
    found = rewrite("dashboard_lists", body, lambda one: "z" if one.id == "a" else None)
    assert found == {"dashboards": [{"id": "z", "type": "custom_timeboard"}]}
    assert len(body["dashboards"]) == 3


def test_a_deep_resource_is_refused() -> None:
    deep: dict[str, object] = {}
    for _ in range(100):
        deep = {"x": deep}
    with pytest.raises(ValueError, match="nested deeper"):
        references("dashboards", deep)


def test_a_policy_names_its_resource_and_its_principals() -> None:
    principals = ["user:u", "role:r", "team:gone", "org:o"]
    body = {"id": "slo:s", "attributes": {"bindings": [{"relation": "editor", "principals": principals}]}}
    known = {("service_level_objectives", "s"): "s2", ("users", "u"): "u2", ("roles", "r"): "r2"}
    found = rewrite("restriction_policies", body, lambda one: known.get((one.kind, one.id)))
    assert found["id"] == "slo:s2"
    assert found["attributes"]["bindings"][0]["principals"] == ["user:u2", "role:r2", "org:o"]
    assert Reference("service_level_objectives", "s", required=True) in references(
        "restriction_policies", body
    )
    assert body["id"] == "slo:s"


def test_a_mapping_of_a_claim_needs_its_role_or_team() -> None:
    body = {"relationships": {"team": {"data": {"id": "t", "type": "team"}}}}
    assert references("authn_mappings", body) == [Reference("teams", "t", required=True)]
    assert rewrite("authn_mappings", body, lambda _: "t2")["relationships"]["team"]["data"]["id"] == "t2"


def test_an_order_keeps_what_came() -> None:
    found = rewrite(
        "logs_pipelines_order",
        {"pipeline_ids": ["b", "x", "a"]},
        lambda one: {"a": "1", "b": "2"}.get(one.id),
    )
    assert found["pipeline_ids"] == ["2", "1"]
