"""Which monitors a search finds."""

from __future__ import annotations

import pytest

from heeler.monitors.search import Found, InvalidSearch, counts, matches, ordered, parse_search

CPU = Found(
    1, "CPU is high on [prod]", "metric alert", "Alert", ("env:prod", "team:core"), ("role:web",),
    ("system.cpu.user",), ("ops@example.com",), ("ann@example.com", "Ann"), 2, group="host:web-1,env:prod",
)  # fmt: skip
DISK = Found(2, "Disk almost full", "service check", "No Data", ("env:dev",), muted=True)
ALL = [CPU, DISK]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", [1, 2]),
        ("*", [1, 2]),
        ("status:alert", [1]),
        ('status:"No Data"', [2]),
        ("status:(alert OR no_data)", [1, 2]),
        ("status:a*", [1]),
        ("-status:ok", [1, 2]),
        ("type:metric", [1]),
        ("type:custom", [2]),
        ('type:"service check"', [2]),
        ("tag:env\\:prod", [1]),
        ('tag:"env:prod"', [1]),
        ("env:prod", [1]),
        ("env:p*", [1]),
        ("team:*", [1]),
        ("env:(prod OR dev) NOT muted:true", [1]),
        ("muted:true", [2]),
        ("disk", [2]),
        ("DISK full", [2]),
        ('"almost full"', [2]),
        ("title:cpu", [1]),
        ("cpu OR disk", [1, 2]),
        ("[prod]", None),
        ("id:2", [2]),
        ("priority:p2", [1]),
        ("metric:system.cpu.*", [1]),
        ("scope:role\\:web", [1]),
        ("group:host\\:web-1", [1]),
        ("host:web-1", [1]),
        ("notification:ops@example.com", [1]),
        ("creator:ann", [1]),
    ],
)
def test_searches(text: str, ids: list[int] | None) -> None:
    if ids is None:
        with pytest.raises(InvalidSearch):
            parse_search(text)
        return
    node = parse_search(text)
    assert [item.id for item in ALL if matches(node, item)] == ids


def test_unknown_statuses_are_refused() -> None:
    with pytest.raises(InvalidSearch, match="error: 'notastatus' is not a valid monitor status"):
        parse_search("env:prod (status:notastatus OR x)")


def test_counts_by_facet() -> None:
    assert counts(ALL) == {
        "status": [{"name": "Alert", "count": 1}, {"name": "No Data", "count": 1}],
        "muted": [{"name": False, "count": 1}, {"name": True, "count": 1}],
        "tag": [{"name": tag, "count": 1} for tag in ("env:dev", "env:prod", "team:core")],
        "type": [{"name": "custom", "count": 1}, {"name": "metric", "count": 1}],
    }


def test_order() -> None:
    assert [item.id for item in ordered(ALL, "")] == [1, 2]
    assert [item.id for item in ordered(ALL, "name,desc")] == [2, 1]
    with pytest.raises(InvalidSearch, match="sort is 'color'"):
        ordered(ALL, "color")
