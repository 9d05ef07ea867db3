"""Which logs and spans a quota of a service, a team or a tag is of."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from heeler.api.errors import ApiError
from heeler.metric_usage.intake_limits import IntakeLimits, RowLimits, having
from heeler.metric_usage.key_usage import KeyUsageCounter, Quota
from heeler.metric_usage.scopes import Scope
from heeler.metric_usage.series_limits import SeriesLimits

LOGS = pa.table(
    {
        "service": pa.array(["My Service", "my_service", "other", "MY SERVICE"]).dictionary_encode(),
        "host": ["Web-1.Example", "web-2", "", "web-1.example"],
        "tags": [["team:a"], [], ["team:b", "team:a"], ["teams:a"]],
    }
)
_META = [[("region", "EU West")], [], [("region", "us")]]
SPANS = pa.table(
    {
        "service": ["a", "b", "c"],
        "tags": pa.array([[], ["region:eu_west"], []], pa.list_(pa.string())),
        "meta": pa.array(_META, pa.map_(pa.string(), pa.string())),
    }
)


@pytest.mark.parametrize(
    ("rows", "scope", "expected"),
    [
        (LOGS, Scope("service", "My Service"), [True, True, False, True]),
        (LOGS, Scope("tag", "host:web-1.example"), [True, False, False, True]),
        (LOGS, Scope("team", "a"), [True, False, True, False]),
        (LOGS, Scope("tag", "env:prod"), [False] * 4),
        (SPANS, Scope("tag", "region:EU West"), [True, True, False]),
        (SPANS.slice(0, 0), Scope("tag", "region:us"), []),
    ],
)
def test_names_are_compared_as_tags(rows: pa.Table, scope: Scope, expected: list[bool]) -> None:
    assert having(rows, scope.tag).tolist() == expected


class Usage:
    """Counters of quotas, all of a scope."""

    def __init__(self, *quotas: Quota) -> None:
        self.scoped, self.amounts, self.refused = quotas, dict.fromkeys(quotas, 0), dict.fromkeys(quotas, 0)

    def exhausted(self, quota: Quota) -> bool:
        return self.amounts[quota] >= quota.limit

    def note_for_quota(self, quota: Quota, amount: int, *, refused: bool = False) -> None:
        (self.refused if refused else self.amounts)[quota] += amount


def row_limits(usage: Usage, signal: str) -> RowLimits:
    parts: dict[Any, Any] = {KeyUsageCounter: usage, SeriesLimits: None}
    services: Any = SimpleNamespace(now=lambda: 0.0, part=lambda kind: parts[kind])
    parts[IntakeLimits] = IntakeLimits(services)
    return RowLimits(services, signal)


def test_bytes_of_a_service_count_and_are_refused() -> None:
    rows = pa.table({"service": ["shop", "other"], "tags": [["team:a"], []], "message": ["hello", "x"]})
    quota = Quota("q", ("q", "of_quota"), 15, 80, "bytes", Scope("service", "shop"))
    logs = Quota("l", ("l", "of_quota"), 9, 80, "logs", Scope("service", "shop"))
    usage = Usage(quota, logs, Quota("p", ("p", "of_quota"), 1, 80, "points", Scope("service", "shop")))
    first = row_limits(usage, "logs")
    assert first.apply(rows).num_rows == 2
    first.stored()
    assert (usage.amounts[quota], usage.amounts[logs]) == (len("shop" + "team:a" + "hello"), 1)
    second = row_limits(usage, "spans")  # bytes of logs and of spans are one quota
    assert second.apply(rows).column("service").to_pylist() == ["other"]
    assert second.messages() == [
        "1 refused: the quota of the service 'shop' is used up: 15 bytes a day; it counts anew at 00:00 UTC. "
        "Administrators can raise it under Usage."
    ]
    second.stored()
    assert (usage.amounts[quota], usage.refused[quota]) == (15, 15)
    with pytest.raises(ApiError) as raised:
        row_limits(usage, "spans").apply(rows.slice(0, 1))
    assert raised.value.status == 429
