"""Pipelines: compiled once, run on each log in order."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from heeler.logs.matcher import Test, compile_search, required_sources
from heeler.logs.pipelines.document import Document, DocumentError, flag, text_of
from heeler.logs.pipelines.processors import Outcome, Run, Surroundings, make_processor
from heeler.query.search.parser import SearchError
from heeler.wire.logs.datadog import LogEntry

#: Limit of the pipelines for a log, in seconds, of time and after that of CPU time; remaining processors are
#: skipped.
BUDGET = 0.05
#: The same with a trace, which compares all fields before and after each processor.
TRACED_BUDGET = 1.0
MAX_PROCESSORS, MAX_NESTED = 200, 5
Clock = Callable[[], float]
#: Of these, only the first that applies takes effect, over all pipelines.
_FIRST_COUNTS = frozenset({"status-remapper", "service-remapper", "message-remapper"})


@dataclass(frozen=True, slots=True)
class Step:
    """One processor; a nested pipeline has ``nested`` instead of ``run``."""

    kind: str
    name: str
    run: Run | None = None
    nested: Pipeline | None = None
    place: tuple[int, ...] = ()
    """Position in ``processors``, after those of the enclosing pipelines."""
    target: str = ""
    """Attribute that it writes, if its document names one."""
    once: bool = False
    """Whether it is left out where one of its kind has applied."""


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A compiled pipeline. ``id``: its own, or that of the pipeline it is nested in."""

    id: str
    name: str
    test: Test
    steps: Sequence[Step]
    sources: frozenset[str] | None = None
    """Sources of the logs that ``test`` may match; None for any."""


class Deadline:
    """Ends after ``budget`` seconds and, from then on, as many of the thread's CPU time: a busy machine must
    not cost a log its attributes, and to ask for CPU time takes longer than most processors.
    """

    __slots__ = ("_budget", "_clock", "_cpu", "_cpu_end", "_end")

    def __init__(
        self, budget: float, clock: Clock = time.perf_counter, cpu: Clock = time.thread_time
    ) -> None:
        self._budget, self._clock, self._cpu = budget, clock, cpu
        self._end, self._cpu_end = clock() + budget, math.inf

    def is_over(self) -> bool:
        if self._clock() <= self._end:
            return False
        now = self._cpu()
        if self._cpu_end == math.inf:
            self._cpu_end = now + self._budget
        return now > self._cpu_end


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Effect of a processor on a log: ``outcome`` is True, None for "did not apply", or the reason of the
    failure.

    ``changes``: the changed fields with values before and after (:func:`fields_of`); only if the report has a
    ``trace``.
    """

    pipeline: str
    kind: str
    name: str
    outcome: Outcome
    pipeline_id: str = ""
    place: tuple[int, ...] = ()
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)


@dataclass(slots=True)
class Report:
    """Result of processing one log. ``trace``: outcome and changes of every processor, otherwise failures
    only. ``matched``: the ids of the pipelines whose filter matched the log.
    """

    trace: bool = False
    matched: list[str] = field(default_factory=list)
    outcomes: list[Outcomes] = field(default_factory=list)
    timed_out: bool = False
    _applied: set[str] = field(default_factory=set)

    @property
    def failures(self) -> list[Outcomes]:
        return [one for one in self.outcomes if isinstance(one.outcome, str)]


def compile_pipeline(
    document: Document, around: Surroundings, above: tuple[int, ...] = (), top: str = ""
) -> Pipeline:
    """Compile a pipeline. Raises :class:`DocumentError` naming the invalid field."""
    where = document.get("filter") or {}
    if not isinstance(where, Mapping):
        raise DocumentError("Invalid pipeline: 'filter' must be an object with a 'query'.")
    query = text_of(where, "query", "")
    if "*:" in query.replace("\\*:", ""):
        raise DocumentError("Invalid pipeline: a filter cannot use full-text search ('*:').")
    try:
        test, sources = compile_search(query), required_sources(query)
    except SearchError as error:
        raise DocumentError(f"Invalid pipeline: the filter cannot be read. {error}") from error
    processors = document.get("processors") or []
    if not isinstance(processors, list) or len(processors) > MAX_PROCESSORS:
        raise DocumentError(f"Invalid pipeline: 'processors' must be a list of at most {MAX_PROCESSORS}.")
    top = top or str(document.get("id", ""))
    steps = [
        step for place, one in enumerate(processors) for step in _step(one, around, (*above, place), top)
    ]
    name = text_of(document, "name", "Unnamed")
    return Pipeline(top, name, test, steps, sources)


def _step(document: Any, around: Surroundings, place: tuple[int, ...], top: str) -> Iterable[Step]:
    """Compile a processor; disabled ones are validated too."""
    if not isinstance(document, Mapping):
        raise DocumentError("Invalid pipeline: each processor must be an object with a 'type'.")
    kind, name = text_of(document, "type"), text_of(document, "name", "")
    if kind == "pipeline":
        if len(place) > MAX_NESTED:
            raise DocumentError(f"Pipelines are nested deeper than {MAX_NESTED}.")
        step = Step(kind, name, nested=compile_pipeline(document, around, place, top), place=place)
    else:
        run, target = make_processor(document, around), document.get("target")
        written = target if isinstance(target, str) else ""
        step = Step(kind, name, run, place=place, target=written, once=kind in _FIRST_COUNTS)
    return (step,) if flag(document, "is_enabled") else ()


def process(
    pipelines: Sequence[Pipeline],
    entry: LogEntry,
    deadline: Deadline | None = None,
    *,
    trace: bool = False,
) -> Report:
    """Run a log through each pipeline whose filter matches. Nothing is lost if a processor fails."""
    report = Report(trace)
    ends = deadline or Deadline(TRACED_BUDGET if trace else BUDGET)
    for pipeline in pipelines:
        _run(pipeline, entry, report, ends)
    return report


def _run(pipeline: Pipeline, entry: LogEntry, report: Report, deadline: Deadline) -> None:
    if report.timed_out or not pipeline.test(entry):
        return
    if pipeline.id and pipeline.id not in report.matched:
        report.matched.append(pipeline.id)
    for step in pipeline.steps:
        if deadline.is_over():
            report.timed_out = True
            reason = f"left out: the pipelines took longer than {BUDGET * 1000:.0f} ms"
            report.outcomes.append(_outcome(pipeline, step, reason))
            return
        run = step.run
        if run is None:
            if step.nested is not None:
                _run(step.nested, entry, report, deadline)
            continue
        if step.once and step.kind in report._applied:
            continue
        before = fields_of(entry) if report.trace else None
        try:
            outcome = run(entry)
        except Exception as error:  # noqa: BLE001 - a processor must never cost a log
            outcome = f"{type(error).__name__}: {error}"
        if before is not None:
            changes = _changes(before, fields_of(entry))
            report.outcomes.append(_outcome(pipeline, step, outcome, changes))
        elif isinstance(outcome, str):
            report.outcomes.append(_outcome(pipeline, step, outcome))
        if step.once and outcome is True:
            report._applied.add(step.kind)


def _outcome(
    pipeline: Pipeline, step: Step, outcome: Outcome, changes: Mapping[str, tuple[Any, Any]] | None = None
) -> Outcomes:
    return Outcomes(
        pipeline.name, step.kind, step.name, outcome, pipeline.id, step.place, changes if changes else {}
    )


def fields_of(entry: LogEntry) -> dict[str, Any]:
    """All fields of a log by search name, such as ``service`` or ``@http.method``; arrays as a whole."""
    found: dict[str, Any] = {
        "message": entry.message,
        "timestamp": entry.time,
        "status": entry.status,
        "service": entry.service,
        "host": entry.host,
        "tags": list(entry.tags),
        "trace_id": f"{entry.trace_high:016x}{entry.trace_id:016x}" if entry.trace_id else "",
        "span_id": f"{entry.span_id:016x}" if entry.span_id else "",
    }
    _add_leaves(entry.attributes, "@", found)
    return found


def _add_leaves(tree: Mapping[str, Any], above: str, found: dict[str, Any]) -> None:
    for key, value in tree.items():
        if isinstance(value, dict) and value:
            _add_leaves(value, f"{above}{key}.", found)
        else:
            # A copy: processors change arrays of objects in place.
            found[f"{above}{key}"] = copy.deepcopy(value) if isinstance(value, list) else value


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {
        name: (before.get(name), after.get(name))
        for name in (*before, *(name for name in after if name not in before))
        if before.get(name) != after.get(name) or (name in before) != (name in after)
    }
