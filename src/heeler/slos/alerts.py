"""Readings of SLO alerts: the consumed error budget, and burn rates over a long and a short window."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heeler.api.services import Services
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.query_readers import READERS
from heeler.monitors.evaluation.series_query import Readings
from heeler.monitors.evaluation.state_machine import KEEP, Reading
from heeler.monitors.queries.slo_alerts import SloQuery
from heeler.slos.definition import threshold_of
from heeler.slos.error_budget import burn_rate, max_burn_rate
from heeler.slos.model import Slo
from heeler.slos.status import status_of
from heeler.slos.store import FRESH, current_status


def install() -> None:
    """Register the reader of SLO alerts."""
    READERS[SloQuery] = read_slo_alert


async def read_slo_alert(services: Services, query: SloQuery, _: Mapping[str, Any], now: float) -> Readings:
    """Reading of the single group ``*``: consumed percent of the budget, or the lower of the two burn rates,
    both of which must exceed the threshold. Without data the state is unchanged.
    """
    async with services.database.session() as db:
        slo = await db.get(Slo, query.slo_id)
    if slo is None:
        raise InvalidQuery(f"there is no SLO {query.slo_id}")
    found = threshold_of(slo, query.timeframe)
    if found is None:
        raise InvalidQuery(f"SLO {query.slo_id} has no target for {query.timeframe}")
    target = found[0]
    if query.kind == "error_budget":
        if services.now() - now > 2 * FRESH:  # a past time, for a backtest
            end = float(int(now) // FRESH * FRESH)
            status = await status_of(services, slo, end - int(query.timeframe[:-1]) * 86_400, end)
        else:
            status = await current_status(services, slo, query.timeframe)
        left = status.remaining(target)
        return {"*": Reading(None, status=KEEP) if left is None else Reading(float(100 - left))}
    if query.threshold > max_burn_rate(target):
        raise InvalidQuery(f"no burn rate can be more than {float(max_burn_rate(target)):g}")
    end = float(int(now) // FRESH * FRESH)
    rates = []
    for length in (query.long, query.short):
        status = await status_of(services, slo, end - length, end)
        if any(kind == "CALCULATION_ERROR" for kind, _ in status.errors):
            return {"*": Reading(None, status=KEEP)}
        rates.append(burn_rate(status.tally, target))
    # The comparison is "above": if the lower of the two exceeds it, both do.
    return {"*": Reading(float(min(rates)))}
