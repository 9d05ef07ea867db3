"""Route table of the server: one line a package, in the order of the navigation."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from litestar.types import ControllerRouterHandler

from heeler.accounts import routes as accounts
from heeler.api.services import Services
from heeler.apm import routes as apm
from heeler.audit import routes as audit
from heeler.audit import trail
from heeler.dashboards import routes as dashboards
from heeler.downtimes import lifecycle_notifications
from heeler.downtimes import routes as downtimes
from heeler.errors import routes as errors
from heeler.events import routes as events
from heeler.explorer import routes as explorer
from heeler.hosts import routes as hosts
from heeler.importers import routes as importers
from heeler.importers import runs as import_runs
from heeler.intake import flare, unsupported_telemetry
from heeler.intake import periodic_tasks as intake
from heeler.integrations import routes as integrations
from heeler.logs import index_retention as log_retention
from heeler.logs import routes as logs
from heeler.logs.rehydration.runner import rehydrate_forever
from heeler.metric_usage import key_usage, quota_notices, series_limits
from heeler.metric_usage import routes as metric_usage
from heeler.metrics import last_queried, tag_rules
from heeler.metrics import routes as metrics
from heeler.monitors import routes as monitors
from heeler.monitors.evaluation import history_pruning
from heeler.monitors.evaluation import round as monitor_round
from heeler.notebooks import routes as notebooks
from heeler.notify import delivery
from heeler.notify import pruning as outbox_pruning
from heeler.notify import routes as notify
from heeler.processes import routes as processes
from heeler.reports import delivery as reports_delivery
from heeler.reports import routes as reports
from heeler.restrictions import routes as restrictions
from heeler.server import clock_watch, control_socket, health, memory_trim
from heeler.slos import routes as slos
from heeler.snapshots import routes as snapshots
from heeler.sso import routes as sso
from heeler.synthetics import result_routes as synthetic_results
from heeler.synthetics import routes as synthetics
from heeler.synthetics import scheduler as synthetic_scheduler
from heeler.teams import routes as teams

route_handlers: list[ControllerRouterHandler] = [
    *accounts.handlers,
    *audit.handlers,
    *teams.handlers,
    *restrictions.handlers,
    *sso.handlers,
    *metrics.handlers,
    *metric_usage.handlers,
    *hosts.handlers,
    *processes.handlers,
    *dashboards.handlers,
    *notebooks.handlers,
    *events.handlers,
    *apm.handlers,
    *errors.handlers,
    *logs.handlers,
    *explorer.handlers,
    *flare.handlers,
    *unsupported_telemetry.handlers,
    *monitors.handlers,
    *slos.handlers,
    *synthetics.handlers,
    *downtimes.handlers,
    *notify.handlers,
    *snapshots.handlers,
    *importers.handlers,
    *integrations.handlers,
    *reports.handlers,
    *health.handlers,
]

#: Background tasks: each runs for the server's lifetime and is canceled at its end.
background_tasks: list[Callable[[Services], Coroutine[Any, Any, None]]] = [
    *intake.background_tasks,
    control_socket.listen,
    tag_rules.follow_tag_rules,
    last_queried.write_forever,
    *logs.background_tasks,
    *apm.background_tasks,
    monitor_round.evaluate_forever,
    synthetic_results.run_triggered,
    import_runs.run_imports,
    key_usage.exchange_forever,
    series_limits.refresh_forever,
    memory_trim.give_back_memory,
    clock_watch.watch_clock,
]

#: As above, each by the one server that holds the lease of its name (:mod:`heeler.store.leases`).
shared_tasks: list[tuple[str, Callable[[Services], Coroutine[Any, Any, None]]]] = [
    ("rollups", intake.roll_up),
    ("retention", intake.keep_size),
    ("retention", log_retention.delete_expired_forever),
    ("outbox", delivery.deliver_forever),
    ("reports", reports_delivery.send_reports_forever),
    ("downtimes", lifecycle_notifications.announce_forever),
    ("synthetics", synthetic_scheduler.run_forever),
    ("pruning", trail.prune_forever),
    ("pruning", history_pruning.prune_forever),
    ("pruning", outbox_pruning.prune_forever),
    ("pruning", key_usage.prune_forever),
    ("quotas", quota_notices.notify_forever),
    ("rehydration", rehydrate_forever),
]
