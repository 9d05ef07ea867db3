from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from heeler.api.errors import ApiError
from heeler.api.services import Principal
from heeler.monitors.log_restriction import OPTION, limit_to_readable, reading_as_monitor
from heeler.monitors.model import Monitor
from heeler.monitors.queries.call_queries import parse_error_query, parse_search_query
from heeler.query.search.parser import parse
from heeler.query.search.row_access import (
    Access,
    NotReadable,
    RowAccess,
    access_to,
    check_readable,
    reading_with,
)

LOGS = parse_search_query('logs("a").rollup("count").last("5m") > 0', None)
SPANS = parse_search_query('trace-analytics("a").rollup("count").last("5m") > 0', None)
ERRORS = parse_error_query('error-tracking("a").rollup("count").last("1d") > 0')


def saved(query: Any, access: Access, options: dict[str, Any], *permissions: str) -> dict[str, Any]:
    monitor = Monitor(options=options)
    caller = cast("Principal", SimpleNamespace(permissions=frozenset(permissions)))
    with reading_with(access):
        limit_to_readable(monitor, query, caller)
    return monitor.options


@pytest.mark.parametrize("query", [LOGS, ERRORS])
def test_a_monitor_sees_what_whoever_saves_it_may_read(query: Any) -> None:
    one = {"logs": RowAccess(("team:a",))}
    several = {"logs": RowAccess(("team:a OR team:b", "-env:prod"))}
    assert saved(query, one, {OPTION: "*", "x": 1}, "logs_read_data") == {OPTION: "team:a", "x": 1}
    joined = saved(query, several, {}, "logs_read_data")[OPTION]
    assert parse(joined) == parse("(team:a OR team:b) OR (-env:prod)")


def test_who_may_read_all_logs_sets_the_option() -> None:
    assert saved(LOGS, {}, {OPTION: "team:z"}, "logs_read_data") == {OPTION: "team:z"}
    assert saved(LOGS, {}, {}, "logs_read_data") == {}


@pytest.mark.parametrize(
    ("access", "permissions"), [({"logs": RowAccess(())}, ("logs_read_data",)), ({}, ()), ({}, ("other",))]
)
def test_who_may_read_no_logs_cannot_monitor_them(access: Access, permissions: tuple[str, ...]) -> None:
    with pytest.raises(ApiError) as caught:
        saved(LOGS, access, {}, *permissions)
    assert caught.value.status == 403
    assert saved(SPANS, access, {}, *permissions) == {}


def test_the_restriction_of_a_monitor_leaves_those_of_its_reader() -> None:
    """A formula may read logs and spans: its restriction of logs must not open the spans to whoever asks."""
    spans = RowAccess(permission="apm_read")
    with reading_with({"spans": spans}):
        with reading_as_monitor({OPTION: "team:a"}):
            assert access_to("logs") == RowAccess(("team:a",))
            with pytest.raises(NotReadable):
                check_readable("spans")
        assert not access_to("logs").is_limited


def test_a_reader_with_restrictions_of_their_own_keeps_them() -> None:
    own = RowAccess(("team:b",))
    with reading_with({"logs": own}), reading_as_monitor({OPTION: "*"}):
        assert access_to("logs") == own


@pytest.mark.parametrize("options", [{}, {OPTION: None}, {OPTION: ""}])
def test_without_a_restriction_everything_is_read(options: dict[str, Any]) -> None:
    with reading_as_monitor(options):
        assert not access_to("logs").is_limited


def test_the_restriction_ends_with_an_error() -> None:
    with pytest.raises(ZeroDivisionError), reading_as_monitor({OPTION: "a"}):
        raise ZeroDivisionError
    assert not access_to("logs").is_limited
