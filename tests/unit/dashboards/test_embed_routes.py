from __future__ import annotations

from heeler.dashboards.embed_routes import filled, template_variables

GRAPH = {"requests": [{"q": "avg:cpu{$env,$host}"}, {"q": "avg:mem{$env}"}]}


def test_variables_are_the_names_in_the_queries() -> None:
    assert template_variables(GRAPH) == ["env", "host"]
    assert template_variables({}) == []


def test_values_are_put_in_and_nothing_else() -> None:
    shown = filled(GRAPH, {"env": "env:prod", "host": '"}, avg:secret{*'})
    assert shown["requests"][0]["q"] == "avg:cpu{env:prod,*}"
