"""Endpoints of the pipeline pages: sample logs, pipeline test, and the provenance of attributes."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from litestar import Request, get, post
from litestar.params import Parameter
from litestar.types import ControllerRouterHandler

from heeler.api.auth import services_of, user_guard
from heeler.api.errors import ApiError, bad_request
from heeler.logs.attribute_provenance import entry_of_stored, origins_of
from heeler.logs.config import LogConfig
from heeler.logs.indexes import compile_filter
from heeler.logs.log_metrics import compile_metric
from heeler.logs.matcher import within_readable
from heeler.logs.page_routes import read_place
from heeler.logs.pipelines.document import DocumentError
from heeler.logs.pipelines.pipeline import Outcomes, Pipeline, compile_pipeline, process
from heeler.logs.recent_samples import RecentLogs, sample_of
from heeler.logs.serializers import line_of_entry
from heeler.logs.store import find_log, search_logs
from heeler.query.search.request import read_page, whole_number
from heeler.query.thread_pool import pool_of
from heeler.wire.logs.datadog import entry_of

HttpRequest = Request[Any, Any, Any]
#: Maximum number of lines of a pipeline test, and characters of each.
MAX_SAMPLES, MAX_SAMPLE = 50, 100_000
#: Id of a pipeline that is tested before it is saved.
DRAFT = "draft"


@get("/api/ui/logs/pipelines/samples", guards=[user_guard])
async def pipeline_samples(
    request: HttpRequest, wanted: Annotated[str, Parameter(query="query")] = "*", limit: int = 10
) -> dict[str, Any]:
    """Recent logs that match a filter, newest first, as items of a delivery.

    ``raw``: as received, before any pipeline; otherwise from the store, after the pipelines.
    """
    services = services_of(request)
    try:
        most = whole_number("limit", limit, 10, MAX_SAMPLES)
        test = within_readable(compile_filter({"query": wanted or "*"}))
        raw = services.part(RecentLogs).find(test, most)
        samples = [{"raw": True, "log": sample_of(entry)} for entry in raw]
        if len(samples) < most:
            where = {"query": wanted or "*", "from": "now-1d", "to": "now"}
            page = read_page({"filter": where, "page": {"limit": most}}, services.now())
            stored = (await search_logs(services.engine, page)).logs
            known = {(entry.message, entry.time // 1_000_000) for entry in raw}
            samples += [
                {"raw": False, "log": sample_of(entry_of_stored(log))}
                for log in stored
                if (log.message, log.time // 1_000_000) not in known
            ]
    except (DocumentError, ValueError) as error:
        raise bad_request(str(error)) from error
    return {"samples": samples[:most]}


@post("/api/ui/logs/pipelines/test", guards=[user_guard], status_code=200)
async def test_pipelines(request: HttpRequest, data: dict[str, Any]) -> dict[str, Any]:
    """Run pipelines on ``samples`` (texts or items of a delivery): those of the server, or only ``pipeline``.
    Disabled ones do not run.
    """
    samples = data.get("samples")
    if not isinstance(samples, list) or not 0 < len(samples) <= MAX_SAMPLES:
        raise bad_request(f"Invalid samples. Expected 1 to {MAX_SAMPLES} texts or objects.")
    services = services_of(request)
    config = services.part(LogConfig)
    try:
        pipelines = (
            [compile_pipeline({**data["pipeline"], "id": DRAFT}, config.around)]
            if isinstance(data.get("pipeline"), dict)
            else (await config.current()).pipelines
        )
    except DocumentError as error:
        raise bad_request(str(error)) from error
    now_ns = int(services.now() * 1e9)
    return {"results": await pool_of(services.engine).run(_tested, samples, pipelines, now_ns)}


def _tested(samples: Sequence[Any], pipelines: Sequence[Pipeline], now_ns: int) -> list[dict[str, Any]]:
    results = []
    for sample in samples:
        entry = entry_of(sample if isinstance(sample, dict) else str(sample)[:MAX_SAMPLE], {}, now_ns)
        before = line_of_entry(copy.deepcopy(entry), 0)
        report = process(pipelines, entry, trace=True)
        steps = [_shown(one) for one in report.outcomes]
        after = line_of_entry(entry, 0)
        results.append({"before": before, "after": after, "steps": steps, "matched": report.matched})
    return results


def _shown(one: Outcomes) -> dict[str, Any]:
    return {
        "pipeline": one.pipeline,
        "pipeline_id": one.pipeline_id,
        "place": list(one.place),
        "type": one.kind,
        "name": one.name,
        "applied": one.outcome is True,
        "problem": one.outcome if isinstance(one.outcome, str) else None,
        "changes": {name: list(pair) for name, pair in one.changes.items()},
    }


@get("/api/ui/logs/{log_id:str}/origins", guards=[user_guard])
async def log_origins(request: HttpRequest, log_id: str) -> dict[str, Any]:
    """Processors that set the attributes and the status of a log, by the current pipelines."""
    services = services_of(request)
    found = await find_log(services.engine, *read_place(log_id))
    if found is None:
        raise ApiError(404, f"No log has the id {log_id}.")
    pipelines = (await services.part(LogConfig).current()).pipelines_for(found.source)
    origins = await pool_of(services.engine).run(origins_of, pipelines, found)
    entry = entry_of_stored(found)
    return {
        "pipelines": [{"id": one.id, "name": one.name} for one in pipelines if one.test(entry)],
        "origins": {name: asdict(one) for name, one in origins.items()},
    }


@post("/api/ui/logs/metrics/check", guards=[user_guard], status_code=200)
async def check_metric(data: dict[str, Any]) -> dict[str, Any]:
    """Validation error in the attributes of a log-based metric; null if there is none."""
    try:
        compile_metric("checked", data)
    except DocumentError as error:
        return {"problem": str(error)}
    return {"problem": None}


handlers: list[ControllerRouterHandler] = [pipeline_samples, test_pipelines, log_origins, check_metric]
