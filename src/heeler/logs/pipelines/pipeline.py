"""Pipelines: compiled once, run on each log in their order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from heeler.logs.matcher import Test, compile_search
from heeler.logs.pipelines.document import Document, DocumentError, flag, text_of
from heeler.logs.pipelines.processors import Outcome, Run, Surroundings, make_processor
from heeler.query.search.parser import SearchError
from heeler.wire.logs.datadog import LogEntry

#: What the pipelines may take of a log, in seconds; processors beyond are left out.
BUDGET = 0.05
MAX_PROCESSORS, MAX_NESTED = 200, 5
#: Of these, only the first that applies counts, over all pipelines.
_FIRST_COUNTS = frozenset({"status-remapper", "service-remapper", "message-remapper"})


@dataclass(frozen=True, slots=True)
class Step:
    """One processor; ``nested`` in place of ``run`` for a pipeline within."""

    kind: str
    name: str
    run: Run | None = None
    nested: Pipeline | None = None


@dataclass(frozen=True, slots=True)
class Pipeline:
    id: str
    name: str
    test: Test
    steps: Sequence[Step]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What a processor did to a log: ``outcome`` is True, None for "did not apply", or why it failed."""

    pipeline: str
    kind: str
    name: str
    outcome: Outcome


@dataclass(slots=True)
class Report:
    """What happened to one log. ``trace``: every processor's outcome, else failures alone."""

    trace: bool = False
    outcomes: list[Outcomes] = field(default_factory=list)
    timed_out: bool = False
    _applied: set[str] = field(default_factory=set)

    @property
    def failures(self) -> list[Outcomes]:
        return [one for one in self.outcomes if isinstance(one.outcome, str)]


def compile_pipeline(document: Document, around: Surroundings, depth: int = 0) -> Pipeline:
    """Raises :class:`DocumentError` naming what cannot be used."""
    where = document.get("filter") or {}
    if not isinstance(where, Mapping):
        raise DocumentError("Invalid pipeline: 'filter' must be an object with a 'query'.")
    query = text_of(where, "query", "")
    if "*:" in query.replace("\\*:", ""):
        raise DocumentError("Invalid pipeline: a filter cannot use full-text search ('*:').")
    try:
        test = compile_search(query)
    except SearchError as error:
        raise DocumentError(f"Invalid pipeline: the filter cannot be read. {error}") from error
    processors = document.get("processors") or []
    if not isinstance(processors, list) or len(processors) > MAX_PROCESSORS:
        raise DocumentError(f"Invalid pipeline: 'processors' must be a list of at most {MAX_PROCESSORS}.")
    steps = [step for one in processors for step in _step(one, around, depth)]
    name = text_of(document, "name", "Unnamed")
    return Pipeline(str(document.get("id", "")), name, test, steps)


def _step(document: Any, around: Surroundings, depth: int) -> Iterable[Step]:
    """The step of a processor; one that is not enabled is checked all the same."""
    if not isinstance(document, Mapping):
        raise DocumentError("Invalid pipeline: each processor must be an object with a 'type'.")
    kind, name = text_of(document, "type"), text_of(document, "name", "")
    if kind == "pipeline":
        if depth >= MAX_NESTED:
            raise DocumentError(f"Pipelines are nested deeper than {MAX_NESTED}.")
        step = Step(kind, name, nested=compile_pipeline(document, around, depth + 1))
    else:
        step = Step(kind, name, make_processor(document, around))
    return (step,) if flag(document, "is_enabled") else ()


def process(
    pipelines: Sequence[Pipeline],
    entry: LogEntry,
    clock: Callable[[], float] = time.monotonic,
    *,
    trace: bool = False,
) -> Report:
    """Run a log through each pipeline whose filter finds it. Nothing is lost where a processor fails."""
    report = Report(trace)
    deadline = clock() + BUDGET
    for pipeline in pipelines:
        _run(pipeline, entry, report, clock, deadline)
    return report


def _run(
    pipeline: Pipeline, entry: LogEntry, report: Report, clock: Callable[[], float], deadline: float
) -> None:
    if report.timed_out or not pipeline.test(entry):
        return
    for step in pipeline.steps:
        if clock() > deadline:
            report.timed_out = True
            reason = f"left out: the pipelines took longer than {BUDGET * 1000:.0f} ms"
            report.outcomes.append(Outcomes(pipeline.name, step.kind, step.name, reason))
            return
        if step.nested is not None:
            _run(step.nested, entry, report, clock, deadline)
            continue
        if step.run is None or step.kind in report._applied:
            continue
        try:
            outcome = step.run(entry)
        except Exception as error:  # noqa: BLE001 - a processor must never cost a log
            outcome = f"{type(error).__name__}: {error}"
        if outcome is True and step.kind in _FIRST_COUNTS:
            report._applied.add(step.kind)
        if report.trace or isinstance(outcome, str):
            report.outcomes.append(Outcomes(pipeline.name, step.kind, step.name, outcome))
