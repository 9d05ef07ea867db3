"""Monitor of a synthetic test: created, changed and deleted with it, and evaluated on the test's state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from heeler.api.services import Principal, Services
from heeler.monitors.definition import apply_monitor
from heeler.monitors.errors import InvalidQuery
from heeler.monitors.evaluation.query_readers import READERS
from heeler.monitors.evaluation.series_query import Readings
from heeler.monitors.evaluation.state_machine import ALERT, KEEP, OK, Reading
from heeler.monitors.model import Monitor
from heeler.monitors.queries.types import SyntheticsQuery
from heeler.synthetics.model import LIVE, SyntheticTest

QUERY = "no_query"
#: Options of ``monitor_options`` that mean the same for the monitor.
_MONITOR_OPTIONS = (
    "renotify_interval", "renotify_occurrences", "escalation_message", "notification_preset_name",
)  # fmt: skip


def install() -> None:
    """Register the reader of synthetic test monitors."""
    READERS[SyntheticsQuery] = read_test


async def read_test(services: Services, query: SyntheticsQuery, _: Mapping[str, Any], now: float) -> Readings:
    """Reading of the single group ``*``: Alert once the test has failed for ``min_failure_duration`` seconds.

    A paused test leaves the state unchanged; one that has not run yet has no data.
    """
    async with services.database.session() as db:
        test = await db.get(SyntheticTest, query.test_id)
    if test is None:
        raise InvalidQuery(f"there is no synthetic test {query.test_id}")
    if test.status != LIVE:
        return {"*": Reading(None, status=KEEP)}
    if not test.last_run:
        return {}
    patience = float(test.options.get("min_failure_duration") or 0)
    failing = bool(test.failing_since) and test.last_run - test.failing_since >= patience
    return {"*": Reading(None, status=ALERT if failing else OK)}


async def apply(db: AsyncSession, services: Services, test: SyntheticTest, caller: Principal) -> None:
    """Create or change the monitor of ``test``. Raises a 400 for an invalid message or tag."""
    now = datetime.fromtimestamp(services.now(), UTC)
    monitor = await db.get(Monitor, test.monitor_id) if test.monitor_id is not None else None
    if monitor is None:
        monitor = Monitor(overall_state="No Data", created=now, modified=now, evaluated=0.0, problem="")
        monitor.creator_id, monitor.creator_email = caller.user_id, caller.email
        monitor.creator_name = caller.name
    given = test.options.get("monitor_options")
    given = given if isinstance(given, dict) else {}
    shared = {name: given[name] for name in _MONITOR_OPTIONS if name in given}
    apply_monitor(
        monitor,
        {
            "type": "synthetics alert",
            "query": QUERY,
            "name": test.options.get("monitor_name") or test.name,
            "message": test.message,
            "tags": test.tags,
            "priority": test.options.get("monitor_priority"),
            "options": {
                **shared,
                "synthetics_check_id": test.public_id,
                "min_failure_duration": test.options.get("min_failure_duration"),
                "silenced": monitor.options.get("silenced") or {} if monitor.options else {},
            },
        },
    )
    monitor.modified = now
    if monitor.id is None:
        db.add(monitor)
        await db.flush()
        test.monitor_id = monitor.id
