from __future__ import annotations

from heeler.dashboards.batch_routes import BatchQuery, distinct


def test_equal_queries_run_once_for_all_that_sent_them() -> None:
    queries = [
        BatchQuery("1", "v1", {"query": "avg:a{*}", "from": 1, "to": 2}),
        BatchQuery("2", "v1", {"to": 2, "from": 1, "query": "avg:a{*}"}),
        BatchQuery("3", "scalar", {"query": "avg:a{*}", "from": 1, "to": 2}),
    ]
    assert [(ids, one.kind) for ids, one in distinct(queries)] == [(["1", "2"], "v1"), (["3"], "scalar")]
