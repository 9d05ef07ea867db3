"""Queries of SLO alerts, as the documentation writes them."""

from __future__ import annotations

import pytest

from heeler.monitors.errors import InvalidQuery
from heeler.monitors.queries.slo_alerts import parse_slo_query, slo_ids

SLO = "0123456789abcdef0123456789abcdef"


def test_error_budgets() -> None:
    found = parse_slo_query(f'error_budget("{SLO}").over("30d") > 75')
    assert (found.kind, found.slo_id, found.timeframe, found.comparator, found.threshold) == (
        "error_budget",
        SLO,
        "30d",
        ">",
        75,
    )
    assert (found.long, found.short) == (0, 0)


def test_burn_rates() -> None:
    found = parse_slo_query(f'burn_rate("{SLO}").over("7d").long_window("1h").short_window("5m") >= 14.4')
    assert (found.kind, found.long, found.short, found.threshold) == ("burn_rate", 3600, 300, 14.4)
    # Without a short window it is a twelfth of the long one.
    assert parse_slo_query(f'burn_rate("{SLO}").over("7d").long_window("6h") > 5').short == 1800


@pytest.mark.parametrize(
    "text",
    [
        f'error_budget("{SLO}").over("30d") < 75',
        f'error_budget("{SLO}").over("30d")',
        f'error_budget("{SLO}").over("14d") > 75',
        f'error_budget("{SLO}") > 75',
        f'error_budget("{SLO}").over("7d","30d") > 75',
        f'error_budget("{SLO}").over("7d").long_window("1h") > 75',
        f'error_budget("{SLO}").over("7d") > -1',
        f'sli("{SLO}").over("7d") > 1',
        f'burn_rate("{SLO}").over("7d") > 1',
        f'burn_rate("{SLO}").over("7d").long_window("30m") > 1',
        f'burn_rate("{SLO}").over("7d").long_window("49h") > 1',
        f'burn_rate("{SLO}").over("7d").long_window("1h").short_window("1h") > 1',
        f'burn_rate("{SLO}").over("7d").long_window("soon") > 1',
        "",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(InvalidQuery):
        parse_slo_query(text)


def test_ids_in_a_text() -> None:
    assert slo_ids(f'error_budget("{SLO}").over("7d") > 1') == {SLO}
    assert slo_ids("avg:a{*} > 1") == frozenset()
