"""Time sampler: aggregates DogStatsD samples in buckets of 10 seconds, by the Agent's rules.

A bucket is sent when it has ended, stamped with its start. Counters become rates per second and continue as 0
for five minutes after their last sample, so that a graph falls to 0 instead of ending.

The state of a context is held in its ``Slot``, including the encoded bytes of its series, so that flushing a
bucket of 100,000 contexts costs little more than encoding its values.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from heeler.agent.aggregation.check_sampler import Context
from heeler.agent.aggregation.encoding import Template, encode
from heeler.agent.aggregation.histogram import HistogramSettings, summarize
from heeler.wire.metrics.encode_series import Series
from heeler.wire.metrics.encode_sketches import Sketch, SketchSeries

INTERVAL = 10
MAX_CONTEXTS = 1_000_000
CONTEXT_EXPIRY = 60
"""Seconds after which an idle context other than a counter is evicted."""
_SOURCE = "System"
_NO_VALUES: list[float] = []
_NO_SAMPLES: list[tuple[float, int]] = []
_NO_MEMBERS: set[bytes] = set()
"""Shared by slots of other types: 100,000 counters would allocate as many empty lists."""


class Slot:
    """Samples of one context and type in the bucket that started at ``bucket``."""

    __slots__ = ("bucket", "context", "kind", "known", "members", "scaled", "templates", "value", "values")

    def __init__(self, kind: str, context: Context) -> None:
        self.kind = kind
        self.context = context
        self.known = True
        """False after the context was evicted, though someone may still hold its slot."""
        self.bucket = 0
        self.value = 0.0
        several = kind in ("h", "ms", "d")
        self.values: list[float] = [] if several else _NO_VALUES
        """Samples of a histogram or distribution with sample rate 1."""
        self.scaled: list[tuple[float, int]] = [] if several else _NO_SAMPLES
        """Samples with a sample rate below 1, with their weight."""
        self.members: set[bytes] = set() if kind == "s" else _NO_MEMBERS
        self.templates: Template | dict[str, Template] | None = None

    def template(self, suffix: str) -> Template:
        """The series' bytes, made once. A kind has either one without a suffix, or several with one each."""
        known = self.templates
        if known is not None:
            if not isinstance(known, dict):
                return known
            if suffix in known:
                return known[suffix]
        context = self.context
        name = f"{context.name}.{suffix}" if suffix else context.name
        kind = "rate" if suffix == "count" or self.kind == "c" else "gauge"
        unit = "millisecond" if self.kind == "ms" and suffix != "count" else ""
        template = Template(name, context.tags, context.host, kind, INTERVAL, unit)
        if not suffix:
            self.templates = template
        elif isinstance(known, dict):
            known[suffix] = template
        else:
            self.templates = {suffix: template}
        return template


@dataclass
class Closed:
    """Result of an ended bucket: a value for each template, all at ``start``."""

    start: int
    templates: list[Template] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    sketches: list[SketchSeries] = field(default_factory=list)

    def add(self, template: Template, value: float) -> None:
        self.templates.append(template)
        self.values.append(value)


@dataclass
class Flush:
    """Payloads for ``/api/v2/series``, encoded as they are taken, and sketches."""

    payloads: Iterable[bytes] = ()
    series: int = 0
    direct: list[Series] = field(default_factory=list)
    sketches: list[SketchSeries] = field(default_factory=list)


class TimeSampler:
    """Aggregates samples by context; single-threaded. ``clock`` returns seconds since the epoch.

    Users of a slot compare ``slot.bucket`` with ``bucket`` and call ``begin`` if it differs, before they add.
    """

    def __init__(
        self,
        settings: HistogramSettings,
        clock: Callable[[], float],
        *,
        expiry: float = 300.0,
        context_limit: int = 0,
        begun: int = 0,
    ) -> None:
        """``begun``: when the process started, which is the time of its first bucket. The process before may
        have sent the beginning of that bucket, and of two points of one time only the later one is stored."""
        self._settings = settings
        self._clock = clock
        self._expiry = expiry
        self._limit = context_limit or MAX_CONTEXTS
        self._slots: dict[str, dict[Context, Slot]] = {}
        self._active: list[Slot] = []
        self._counters: set[Slot] = set()
        self._closed: list[Closed] = []
        self._direct: list[Series] = []
        self.bucket = _start(clock())
        """Start of the bucket that samples go into."""
        self._begun = begun
        self.dropped = 0
        """Samples refused because there were too many contexts."""

    @property
    def contexts(self) -> int:
        return sum(map(len, self._slots.values()))

    def slot(self, kind: str, context: Context) -> Slot | None:
        """The slot of a context; None, and counted, where there are too many."""
        slots = self._slots.setdefault(kind, {})
        slot = slots.get(context)
        if slot is None:
            if self.contexts >= self._limit:
                self.dropped += 1
                return None
            slot = slots[context] = Slot(kind, context)
        return slot

    def begin(self, slot: Slot) -> Slot:
        """Make ``slot`` part of the current bucket, and return the slot to add to.

        It is a new one if the context was evicted and has returned since.
        """
        if not slot.known:
            slot = self._slots.setdefault(slot.kind, {}).setdefault(slot.context, slot)
            slot.known = True
        if slot.bucket != self.bucket:
            slot.bucket = self.bucket
            slot.value = 0.0
            self._active.append(slot)
        return slot

    def add(self, kind: str, context: Context, value: float, rate: float = 1.0) -> None:
        """Add a sample of type g, c, ms, h or d."""
        self.advance()
        slot = self.slot(kind, context)
        if slot is not None:
            self.add_to(slot, value, rate)

    def add_to(self, slot: Slot, value: float, rate: float = 1.0) -> None:
        """Add a sample to a slot."""
        if slot.bucket != self.bucket:
            slot = self.begin(slot)
        if slot.kind == "g":
            slot.value = value
        elif slot.kind == "c":
            slot.value += value / rate
        elif rate == 1.0:
            slot.values.append(value)
        else:
            slot.scaled.append((value, round(1 / rate) if slot.kind == "d" else int(1 / rate)))

    def add_member(self, context: Context, member: str) -> None:
        """Add a member of a set."""
        self.advance()
        slot = self.slot("s", context)
        if slot is not None:
            self.add_member_to(slot, member.encode(errors="replace"))

    def add_member_to(self, slot: Slot, member: bytes) -> None:
        self.begin(slot).members.add(member)

    def add_stamped(self, kind: str, context: Context, value: float, timestamp: int) -> None:
        """Add a gauge or counter with its own timestamp: not aggregated, as the protocol specifies."""
        point = (timestamp, value / INTERVAL if kind == "c" else value)
        series_type = "rate" if kind == "c" else "gauge"
        self._direct.append(
            Series(context.name, (point,), context.tags, context.host, series_type, INTERVAL, _SOURCE)
        )

    def advance(self) -> None:
        """Close the bucket if it has ended; call it before adding to slots."""
        start = _start(self._clock())
        if start <= self.bucket:
            return
        self._close(self.bucket)
        last = min(start, self.bucket + int(self._expiry) + 2 * INTERVAL)
        for empty in range(self.bucket + INTERVAL, last, INTERVAL):
            self._close(empty)
        self.bucket = start
        self._forget(start)

    def flush(self, *, final: bool = False) -> Flush:
        """Return all ended buckets; with ``final``, the current one too."""
        self.advance()
        if final:
            self._close(self.bucket)
        closed, self._closed = self._closed, []
        direct, self._direct = self._direct, []
        return Flush(
            payloads=_payloads(closed),
            series=sum(len(one.values) for one in closed),
            direct=direct,
            sketches=[sketch for one in closed for sketch in one.sketches],
        )

    def _close(self, start: int) -> None:
        closed = Closed(max(start, self._begun))
        active, self._active = self._active, []
        for slot in active:
            if slot.kind == "g":
                closed.add(slot.template(""), slot.value)
            elif slot.kind == "c":
                closed.add(slot.template(""), slot.value / INTERVAL)
                self._counters.add(slot)
            else:
                self._summarize(slot, closed)
        for slot in self._counters:
            if 0 < start - slot.bucket <= self._expiry:
                closed.add(slot.template(""), 0.0)
        if closed.values or closed.sketches:
            self._closed.append(closed)

    def _summarize(self, slot: Slot, closed: Closed) -> None:
        if slot.kind == "s":
            closed.add(slot.template(""), float(len(slot.members)))
            slot.members = set()
            return
        samples = [*((value, 1) for value in slot.values), *slot.scaled]
        if slot.kind == "d":
            sketch = Sketch()
            for value, count in samples:
                sketch.add(value, count)
            context = slot.context
            closed.sketches.append(
                SketchSeries(context.name, ((closed.start, sketch),), context.tags, context.host)
            )
        else:
            for suffix, value in summarize(samples, self._settings):
                closed.add(slot.template(suffix), value / INTERVAL if suffix == "count" else value)
        slot.values, slot.scaled = [], []

    def _forget(self, start: int) -> None:
        """Evict contexts that are idle for so long that nothing is sent for them any more."""
        self._counters = {slot for slot in self._counters if start - slot.bucket <= self._expiry + INTERVAL}
        for slots in self._slots.values():
            old = [
                context
                for context, slot in slots.items()
                if start - slot.bucket > CONTEXT_EXPIRY and slot not in self._counters
            ]
            for context in old:
                slots.pop(context).known = False


def _payloads(closed: list[Closed]) -> Iterator[bytes]:
    """Payloads of all buckets, each forgotten once it is taken: together they are many megabytes."""
    for one in closed:
        yield from encode(one.templates, one.values, one.start)


def _start(time: float) -> int:
    return math.floor(time / INTERVAL) * INTERVAL
