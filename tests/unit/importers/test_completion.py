from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from heeler.importers.client import ApiProblem
from heeler.importers.completion import Completion
from heeler.importers.kinds import BY_NAME


class Here:
    """An installation with an order of pipelines, one of indexes and a name."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def request(
        self, method: str, path: str, query: Mapping[str, str] | None = None, body: Any = None
    ) -> Any:
        assert method == "GET"
        self.asked.append(path)
        return {
            "/api/v1/logs/config/pipeline-order": {"pipeline_ids": ["own", "a", "b", "integration"]},
            "/api/v1/logs/config/index-order": {"index_names": ["main", "web"]},
            "/api/v1/org": {"orgs": [{"public_id": "here"}]},
        }[path]


def policy(*principals: str) -> dict[str, Any]:
    bindings = [{"relation": "editor", "principals": list(principals)}]
    return {"data": {"id": "dashboard:x", "type": "restriction_policy", "attributes": {"bindings": bindings}}}


async def test_an_order_is_completed_with_what_is_only_here() -> None:
    sent, query = await Completion(Here()).of(
        BY_NAME["logs_pipelines_order"], {"pipeline_ids": ["b", "gone", "a"]}
    )
    assert sent == {"pipeline_ids": ["b", "a", "own", "integration"]}
    assert query is None
    sent, _ = await Completion(Here()).of(BY_NAME["logs_indexes_order"], {"index_names": ["web", "main"]})
    assert sent == {"index_names": ["web", "main"]}


async def test_the_organization_of_a_policy_is_the_one_here() -> None:
    here = Here()
    completion, kind = Completion(here), BY_NAME["restriction_policies"]
    for _ in range(2):
        sent, query = await completion.of(kind, policy("org:there", "user:u"))
        assert sent == policy("org:here", "user:u")
        assert query == {"allow_self_lockout": "true"}
    assert here.asked == ["/api/v1/org"]


async def test_a_policy_that_lost_all_it_names_is_not_sent() -> None:
    with pytest.raises(ApiProblem, match="None of those it names as editor came"):
        await Completion(Here()).of(BY_NAME["restriction_policies"], policy())


async def test_other_kinds_are_sent_as_they_are() -> None:
    here = Here()
    assert await Completion(here).of(BY_NAME["monitors"], {"name": "x"}) == ({"name": "x"}, None)
    assert here.asked == []
