"""Which logs and spans a quota of a service, a team or a tag is of."""

from __future__ import annotations

import pyarrow as pa
import pytest

from heeler.metric_usage.intake_limits import having
from heeler.metric_usage.scopes import Scope

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
