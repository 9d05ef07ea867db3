"""Provenance of the attributes of a stored log: which processors set them.

Nothing is stored for it. The log is processed again without an attribute; the processor that restores it is
the one that set it. If the source attribute no longer exists (it was renamed), processors that write the
attribute are reported without that proof. The result refers to the current pipelines.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from heeler.logs.pipelines import paths
from heeler.logs.pipelines.pipeline import Outcomes, Pipeline, Step, fields_of, process
from heeler.logs.store import StoredLog
from heeler.wire.logs.datadog import LogEntry

#: Maximum number of attributes of one log.
MAX_ATTRIBUTES = 200


@dataclass(frozen=True, slots=True)
class Origin:
    """The processor that set a field. ``verified``: it did so again; ``same``: with the stored value."""

    pipeline: str
    pipeline_id: str
    place: tuple[int, ...]
    kind: str
    name: str
    verified: bool
    same: bool


def entry_of_stored(log: StoredLog) -> LogEntry:
    return LogEntry(
        message=log.message,
        time=log.time,
        status=log.status,
        service=log.service,
        host=log.host,
        source=log.source,
        tags=tuple(log.tags),
        attributes=copy.deepcopy(dict(log.attributes)),
        trace_id=log.trace_id,
        trace_high=log.trace_high,
        span_id=log.span_id,
        dated=True,
        index=log.index,
    )


def origins_of(pipelines: Sequence[Pipeline], log: StoredLog) -> dict[str, Origin]:
    """Origin of each attribute (``@path``) and of ``status`` set by a processor; no others."""
    matching = [one for one in pipelines if one.test(entry_of_stored(log))]
    found = {}
    fields = fields_of(entry_of_stored(log))
    names = [name for name in fields if name.startswith("@")][:MAX_ATTRIBUTES]
    for name in (*names, "status") if pipelines else ():
        origin = _origin(pipelines, matching, log, name, fields[name])
        if origin is not None:
            found[name] = origin
    return found


def _origin(
    pipelines: Sequence[Pipeline], matching: Sequence[Pipeline], log: StoredLog, name: str, value: Any
) -> Origin | None:
    entry = entry_of_stored(log)
    if name == "status":
        entry.status = "info"
    else:
        paths.remove(entry.attributes, name.removeprefix("@"))
    report = process(pipelines, entry, trace=True)
    wrote = [one for one in report.outcomes if _wrote(one, name)]
    if wrote:
        last = wrote[-1]
        same = fields_of(entry).get(name) == value
        return Origin(last.pipeline, last.pipeline_id, last.place, last.kind, last.name, True, same)
    for pipeline in matching:
        for within, step in _steps(pipeline):
            target = f"@{step.target}"
            if step.target and (name == target or name.startswith(f"{target}.")):
                return Origin(within.name, pipeline.id, step.place, step.kind, step.name, False, False)
    return None


def _wrote(outcome: Outcomes, name: str) -> bool:
    if name == "status":
        return outcome.kind == "status-remapper" and outcome.outcome is True
    return name in outcome.changes


def _steps(pipeline: Pipeline) -> Iterator[tuple[Pipeline, Step]]:
    for step in pipeline.steps:
        if step.nested is not None:
            yield from _steps(step.nested)
        else:
            yield pipeline, step
