from __future__ import annotations

from typing import Any

import pytest

from heeler.dashboards.shared_queries import allowed_queries

SEARCH = {
    "name": "a",
    "data_source": "logs",
    "search": {"query": "status:error $env"},
    "compute": {"aggregation": "count"},
}
BOARD: dict[str, Any] = {
    "template_variables": [
        {"name": "env", "prefix": "env", "default": "prod"},
        {"name": "host", "prefix": "host", "default": "*"},
    ],
    "widgets": [
        {
            "definition": {
                "type": "group",
                "widgets": [
                    {"definition": {"requests": [{"q": "avg:cpu{$env,$host} by {host}"}]}},
                    {
                        "definition": {
                            "requests": [
                                {
                                    "queries": [
                                        {"name": "q", "data_source": "metrics", "query": "sum:hits{$env}"},
                                        SEARCH,
                                    ],
                                    "formulas": [{"formula": "q / a"}],
                                }
                            ]
                        }
                    },
                ],
            }
        }
    ],
}


def v1(text: str) -> tuple[str, dict[str, Any]]:
    return "v1", {"query": text}


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("avg:cpu{env:prod,*} by {host}", True),
        ("avg:cpu{*,*} by {host}", False),
        ("avg:cpu{prod,*} by {host}", False),
        ("avg:cpu{env:staging,*} by {host}", False),
        ("avg:secret{env:prod,*} by {host}", False),
        ("avg:cpu{env:prod,host:a} by {host}", False),
        ("avg:cpu{env:prod,*} by {host},avg:secret{*}", False),
    ],
)
def test_only_the_dashboards_queries_with_their_defaults(text: str, fine: bool) -> None:
    assert allowed_queries(BOARD, {}).request(*v1(text)) is fine


def test_readers_choose_among_what_is_offered() -> None:
    offered = {
        "selectable_template_vars": [{"name": "env", "visible_tags": ["dev", "prod"]}, {"name": "host"}]
    }
    allowed = allowed_queries(BOARD, offered)
    assert allowed.request(*v1("avg:cpu{env:dev,host:web-1} by {host}"))
    assert allowed.request(*v1("avg:cpu{(env:dev OR env:prod),host:web-1} by {host}"))
    assert allowed.request(*v1("avg:cpu{env:dev,*} by {host}"))
    assert not allowed.request(*v1("avg:cpu{*,host:web-1} by {host}"))
    assert not allowed.request(*v1("avg:cpu{env:secret,host:web-1} by {host}"))
    assert not allowed.request(*v1("avg:cpu{env:dev,host:a} by {host}, avg:b{x} by {host}"))


SEARCH_BOARD: dict[str, Any] = {
    "template_variables": [{"name": "host", "prefix": "host", "default": "*"}],
    "widgets": [
        {
            "definition": {
                "requests": [
                    {"queries": [{**SEARCH, "search": {"query": "service:web $host"}}], "formulas": []},
                ]
            }
        }
    ],
}


@pytest.mark.parametrize(
    ("search", "fine"),
    [
        ("service:web host:a", True),
        ("service:web (host:a OR host:b)", True),
        ("service:web host:ä-1", True),
        ("service:web *", True),
        ("service:web host:a OR *", False),
        ("service:web host:a OR service", False),
        ("service:web (host:a OR *)", False),
        ("service:web host:a\u00a0OR\u00a0*", False),
        ("service:web \ud800", False),
    ],
)
def test_a_value_cannot_widen_a_search(search: str, fine: bool) -> None:
    allowed = allowed_queries(SEARCH_BOARD, {"selectable_template_vars": [{"name": "host"}]})
    query = {**SEARCH, "search": {"query": search}}
    body = {"data": {"attributes": {"queries": [query], "formulas": []}}}
    assert allowed.request("scalar", body) is fine


def test_long_lists_of_values_take_linear_work() -> None:
    """The count of ways to read a list must not grow with its length: an exponential one would never end."""
    allowed = allowed_queries(SEARCH_BOARD, {"selectable_template_vars": [{"name": "host"}]})
    search = "service:web (" + " OR ".join(["host:a"] * 1000) + "}"
    body = {"data": {"attributes": {"queries": [{**SEARCH, "search": {"query": search}}], "formulas": []}}}
    assert not allowed.request("scalar", body)
    assert not allowed.request(
        "scalar",
        {"data": {"attributes": {"queries": [{**SEARCH, "search": {"query": "x" * 10**6}}], "formulas": []}}},
    )


def test_queries_of_other_sources_and_formulas_are_compared_whole() -> None:
    allowed = allowed_queries(BOARD, {})

    def request(**change: Any) -> bool:
        attributes = {
            "queries": [
                {"name": "q", "data_source": "metrics", "query": "sum:hits{env:prod}"},
                {**SEARCH, "search": {"query": "status:error env:prod"}},
            ],
            "formulas": [{"formula": "q / a"}],
            **change,
        }
        return allowed.request("timeseries", {"data": {"attributes": attributes}})

    assert request()
    assert not request(formulas=[{"formula": "q * a"}])
    assert not request(queries=[{**SEARCH, "search": {"query": "*"}}])
    assert not request(queries=[{**SEARCH, "compute": {"aggregation": "max", "metric": "@secret"}}])
    assert not request(queries=[])
