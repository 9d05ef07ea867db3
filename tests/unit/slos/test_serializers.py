"""SLOs, corrections and status as the public API shows them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest

from heeler.monitors.model import Monitor
from heeler.slos.error_budget import Tally
from heeler.slos.model import Slo, SloCorrection
from heeler.slos.serializers import (
    correction,
    member,
    overall,
    person,
    remaining_by_timeframe,
    shown,
    threshold,
)
from heeler.slos.status import Member, SloStatus

MOMENT = datetime(2026, 11, 30, tzinfo=UTC)
DAY = 86400.0


def slo(**more: Any) -> Slo:
    values: dict[str, Any] = {
        "id": "abc",
        "name": "Checkout",
        "description": None,
        "tags": ["team:shop"],
        "type": "metric",
        "timeframe": "30d",
        "thresholds": [
            {"timeframe": "7d", "target": 99.0},
            {"timeframe": "30d", "target": 99.9, "warning": 99.95},
        ],
        "definition": {"query": {"numerator": "a", "denominator": "b"}},
        "creator_email": "ann@example.com",
        "creator_name": "",
        "created": MOMENT,
        "modified": MOMENT,
    }
    return Slo(**{**values, **more})


def status(bad: int, total: int, **more: Any) -> SloStatus:
    return SloStatus(slo(), 0, 30 * DAY, Tally(Fraction(bad), Fraction(total)), unit="requests", **more)


def test_an_slo() -> None:
    found = shown(slo(), ["env:prod"])
    json.dumps(found)
    assert (found["id"], found["type"], found["type_id"]) == ("abc", "metric", 1)
    assert (found["timeframe"], found["target_threshold"], found["warning_threshold"]) == ("30d", 99.9, 99.95)
    assert found["query"] == {"numerator": "a", "denominator": "b"}
    assert found["creator"] == {"name": None, "handle": "ann@example.com", "email": "ann@example.com"}
    assert found["monitor_tags"] == ["env:prod"]
    assert found["created_at"] == int(MOMENT.timestamp())
    assert [one["target_display"] for one in found["thresholds"]] == ["99.", "99.9"]


def test_without_a_warning() -> None:
    assert "warning_threshold" not in shown(slo(timeframe="7d"))
    assert threshold({"timeframe": "7d", "target": 95.0}) == {
        "timeframe": "7d",
        "target": 95.0,
        "target_display": "95.",
    }


def test_a_correction_that_was_never_changed_and_one_that_was() -> None:
    one = SloCorrection(
        id="c",
        slo_id="abc",
        category="Deployment",
        description="",
        start=5.9,
        end=None,
        rrule="FREQ=DAILY",
        duration=60,
        timezone="UTC",
        created=MOMENT,
        modified=None,
        creator_email="ann@example.com",
        creator_name="Ann",
    )
    found = correction(one)["attributes"]
    assert (found["start"], found["end"], found["modified_at"], found["modifier"]) == (5, None, None, None)
    one.modified, one.modifier_email, one.modifier_name = MOMENT, "bob@example.com", ""
    found = correction(one)["attributes"]
    assert found["modifier"] == {
        "email": "bob@example.com",
        "handle": "bob@example.com",
        "name": "bob@example.com",
    }
    assert found["creator"] == person("ann@example.com", "Ann")


@pytest.mark.parametrize(
    ("bad", "state", "sli", "seven", "thirty"),
    [
        (0, "ok", 100.0, 100.0, 100.0),
        (4, "ok", 99.96, 96.0, 60.0),
        (5, "ok", 99.95, 95.0, 50.0),
        (8, "warning", 99.92, 92.0, 20.0),
        (10, "warning", 99.9, 90.0, 0.0),
        (20, "breached", 99.8, 80.0, -100.0),
        (10_000, "breached", 0.0, -9900.0, -99900.0),
    ],
)
def test_the_whole(bad: int, state: str, sli: float, seven: float, thirty: float) -> None:
    found = overall(status(bad, 10_000))
    json.dumps(found)
    assert (found["state"], found["sli_value"], found["uptime"]) == (state, sli, sli)
    assert found["error_budget_remaining"] == {"7d": seven, "30d": thirty}
    assert found["raw_error_budget_remaining"] == {"unit": "requests", "value": 10.0 - bad}
    assert "history" not in found


def test_without_data() -> None:
    found = overall(status(0, 0, errors=(("ZERO_VALUED_DENOMINATOR", "The denominator is zero valued"),)))
    assert (found["state"], found["sli_value"], found["error_budget_remaining"]) == ("no_data", None, {})
    assert found["errors"] == [
        {"error_type": "ZERO_VALUED_DENOMINATOR", "error_message": "The denominator is zero valued"}
    ]


def test_a_target_of_ones_own_has_no_warning() -> None:
    found = overall(status(8, 10_000), 99.5)
    assert found["state"] == "ok"
    assert found["error_budget_remaining"]["custom"] == 84.0
    assert remaining_by_timeframe(status(0, 0), 99.5) == {}


def test_monitors_have_a_history() -> None:
    monitor = Monitor(id=7, type="query alert", modified=MOMENT)
    part = Member("host:a", Tally(Fraction(60), Fraction(6000)), [[0, 0], [60, 1]], monitor)
    whole = SloStatus(slo(type="monitor"), 0, DAY, part.tally, [part], [[0, 0]], [(1.5, 2.5)])
    assert overall(whole)["history"] == [[0, 0]]
    assert overall(whole)["corrections"] == [{"start": 1, "end": 2}]
    found = member(whole, part)
    json.dumps(found)
    assert (found["name"], found["group"], found["sli_value"], found["state"]) == (
        "host:a",
        "host:a",
        99.0,
        "breached",
    )
    assert (found["history"], found["monitor_type"]) == ([[0, 0], [60, 1]], "query alert")
    assert found["error_budget_remaining"] == {"7d": 0.0, "30d": -900.0}
    assert "history" not in member(whole, Member("x", part.tally))
