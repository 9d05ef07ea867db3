"""A query that fails is answered with its own status."""

from __future__ import annotations

from heeler.metrics.query_errors import api_error
from heeler.query.budget import QueryTimeout
from heeler.query.metrics.errors import QueryError
from heeler.query.thread_pool import QueryQueueFull


def test_what_may_be_tried_again_says_so() -> None:
    busy = api_error(QueryQueueFull("200 queries are waiting already"))
    assert busy.status == 503
    assert busy.headers == {"Retry-After": "2"}
    late, wrong = api_error(QueryTimeout("stopped")), api_error(QueryError("Expected a scope", 3, "avg:"))
    assert (late.status, wrong.status) == (504, 400)
    assert not late.headers
    assert "Expected a scope" in " ".join(wrong.messages)
