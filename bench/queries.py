"""What is asked of every server: the same question in Datadog's language and in PromQL."""

from __future__ import annotations

from typing import NamedTuple

from bench.feed import DAY, HOUR


class Question(NamedTuple):
    """``text`` and ``promql`` give a value each ``step`` seconds of the last ``seconds`` of a fleet's metric.

    ``standard``: whether Prometheus understands ``promql``, and not VictoriaMetrics alone.
    """

    name: str
    text: str
    promql: str
    seconds: int
    step: int
    metric: str
    standard: bool = True


def _avg(name: str, metric: str, seconds: int, step: int, scope: str = "", by: str = "") -> Question:
    """The average of averages of ``step`` seconds; ``scope`` as ``key:value``, ``by`` a tag."""
    key, _, value = scope.partition(":")
    match = f'{{{key}="{value}"}}' if scope else ""
    promql = f"avg_over_time({metric.replace('.', '_')}{match}[{step}s])"
    text = f"avg:{metric}{{{scope or '*'}}}{f' by {{{by}}}' if by else ''}.rollup(avg, {step})"
    return Question(name, text, f"avg {f'by ({by}) ' if by else ''}({promql})", seconds, step, metric)


def _top(name: str, asked: Question) -> Question:
    return asked._replace(
        name=name,
        text=f"top({asked.text}, 10, 'mean', 'desc')",
        promql=f"topk_avg(10, {asked.promql})",
        standard=False,
    )


DAY_1, MONTH, WIDE, VAST = "bench.day", "bench.month", "bench.wide", "bench.vast"
#: The numbers of series are those of the full load.
QUESTIONS = (
    _avg("1 h, 1 series, 20 s", DAY_1, HOUR, 20, "host:host-00001"),
    _avg("1 h, 100 series by host, 20 s", DAY_1, HOUR, 20, "rack:1", "host"),
    _avg("1 h, 1,000 series by host, 20 s", DAY_1, HOUR, 20, by="host"),
    _top("1 h, top 10 of 1,000 series, 20 s", _avg("", DAY_1, HOUR, 20, by="host")),
    _avg("1 h, 10,000 series, 1 min", WIDE, HOUR, 60),
    _avg("1 h, 10,000 series by rack, 1 min", WIDE, HOUR, 60, by="rack"),
    Question(
        "1 h, p95 of 100 series, 1 min", "p95:bench.latency{*}.rollup(60)",
        "histogram_quantile(0.95, sum by (le) (increase(bench_latency_bucket[1m])))", HOUR, 60,
        "bench.latency",
    ),
    _avg("24 h, 1 series, 5 min", DAY_1, DAY, 300, "host:host-00001"),
    _avg("24 h, 100 series by host, 1 min", DAY_1, DAY, 60, "rack:1", "host"),
    _avg("24 h, 100 series by host, 5 min", DAY_1, DAY, 300, "rack:1", "host"),
    _avg("24 h, 1,000 series, 5 min", DAY_1, DAY, 300),
    _avg("24 h, 1,000 series by host, 5 min", DAY_1, DAY, 300, by="host"),
    _top("24 h, top 10 of 1,000 series, 5 min", _avg("", DAY_1, DAY, 300, by="host")),
    _avg("24 h, 10,000 series, 5 min", WIDE, DAY, 300),
    _avg("30 d, 1 series, 2 h", MONTH, 30 * DAY, 7200, "host:host-00001"),
    _avg("30 d, 100 series by host, 2 h", MONTH, 30 * DAY, 7200, by="host"),
    _avg("30 d, 100 series, 2 h", MONTH, 30 * DAY, 7200),
    _avg("30 d, 10,000 series, 2 h", VAST, 30 * DAY, 7200),
    _avg("30 d, 10,000 series by rack, 2 h", VAST, 30 * DAY, 7200, by="rack"),
)  # fmt: skip
