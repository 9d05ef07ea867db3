"""The rows that the current caller may read, in every statement over a restricted table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import heeler
from heeler.apm.search import SPANS
from heeler.errors.search import ERRORS, readable_errors
from heeler.events.search import EVENTS
from heeler.logs.search import LOGS
from heeler.query.search import row_access
from heeler.query.search.field_sql import Parameters, Table
from heeler.query.search.planner import time_condition
from heeler.query.search.row_access import RowAccess

SOURCE = Path(heeler.__file__).parent
#: Modules that name a table of logs in SQL of their own, and why they need no restriction.
ELSEWHERE = {
    "apm/deployments.py": "adds the condition of readable errors",
    "errors/store.py": "adds the condition of readable errors, except for the states of issues",
    "errors/delivery_rows.py": "writes",
    "errors/occurrences.py": "writes",
    "integrations/detection.py": "names of sources alone",
    "logs/index_retention.py": "deletes",
    "logs/ingest.py": "counts of indexes, for their quotas",
    "metric_usage/grouped_usage.py": "adds the condition of readable rows, except for services and hosts",
    "metric_usage/telemetry.py": "counts, for the usage page",
    "store/cluster.py": "keys of shards",
    "store/retention.py": "deletes",
    "store/wal.py": "writes",
}


def condition(table: Table, **access: RowAccess) -> str:
    with row_access.reading_with(access):
        return time_condition(table, 1, 2, Parameters())


def test_a_restriction_is_in_the_condition_of_the_time() -> None:
    free = condition(LOGS)
    one = condition(LOGS, logs=RowAccess(("service:a",)))
    assert one.startswith(free)
    assert "service = {s2:String}" in one
    two = condition(LOGS, logs=RowAccess(("service:a", "-host:b")))
    assert " OR " in two
    assert "NOT" in two
    assert condition(LOGS, logs=RowAccess(())).endswith(" AND 0")
    assert condition(LOGS, logs=RowAccess(("service:a",), permission="logs_read_data")).endswith(" AND 0")


@pytest.mark.parametrize(("table", "data"), [(LOGS, "logs"), (SPANS, "spans"), (EVENTS, "events")])
def test_data_without_permission_have_no_rows(table: Table, data: str) -> None:
    assert condition(table, **{data: RowAccess(permission="x")}).endswith(" AND 0")
    assert condition(table, other=RowAccess(permission="x")) == condition(table)
    with row_access.reading_with({data: RowAccess(permission="x")}):
        with pytest.raises(row_access.NotReadable, match="requires x"):
            row_access.check_readable(data)
        assert row_access.NotReadable.status == 403
    row_access.check_readable(data)


@pytest.mark.parametrize(
    ("searches", "expected"),
    [
        (("service:a",), "(source != 'logs' OR ((service = {s0:String})))"),
        (("service:a host:b",), "(source != 'logs' OR (((service = {s0:String}) AND (host = {s1:String}))))"),
        (("service:a", "team:b"), "(source != 'logs' OR ((service = {s0:String})))"),
        (("team:a",), "source != 'logs'"),
        (("-service:a",), "source != 'logs'"),
        (("service:a word",), "source != 'logs'"),
        ((), "source != 'logs'"),
    ],
)
def test_errors_in_logs_are_restricted_by_fields_that_they_share(
    searches: tuple[str, ...], expected: str
) -> None:
    assert readable_errors(Parameters()) == ""
    with row_access.reading_with({"logs": RowAccess(searches)}):
        assert readable_errors(Parameters()) == expected
        assert time_condition(ERRORS, 1, 2, Parameters()).endswith(
            expected.replace("s1", "s3").replace("s0", "s2")
        )


def test_access_ends_with_its_block() -> None:
    with row_access.reading_with({"logs": RowAccess(("a",))}):
        assert row_access.access_to("logs").searches == ("a",)
        assert row_access.current_key() == (("logs", RowAccess(("a",))),)
    assert row_access.access_to("logs") == RowAccess()
    assert row_access.current_key() == ()


def test_every_statement_over_logs_is_known() -> None:
    """A new reader of logs goes through ``LOGS``, or is listed here with the reason why it need not."""
    names = re.compile(r"\b(log_events|error_events)\b")
    tables = {"logs/search.py", "errors/search.py", "store/log_rows.py"}
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if names.search(path.read_text()) and "migrations" not in path.parts
    }
    assert found - tables == set(ELSEWHERE)
    own = re.compile(r"LOGS\.name|\bLOGS\b.*FROM|\bLOGS\b[\s\S]*FROM \{table\.name\}")
    readers = {str(one.relative_to(SOURCE)) for one in SOURCE.rglob("*.py") if own.search(one.read_text())}
    assert readers == {"logs/store.py"}
