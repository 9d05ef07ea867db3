"""The second version's downtimes: what is given, put on the stored object; what is shown of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.api.errors import ApiError
from heeler.downtimes.model import Downtime
from heeler.downtimes.v2 import apply, attributes_of, relationships, scope_text, shown

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC).timestamp()
NEEDED = {"scope": "env:prod", "monitor_identifier": {"monitor_tags": ["team:a"]}}
ONCE = {"start": "2026-12-01T10:00:00Z", "end": "2026-12-01T12:00:00+00:00"}
WEEKLY = {
    "timezone": "Europe/Dublin",
    "recurrences": [{"start": "2026-12-01T19:00:00", "duration": "14h", "rrule": "FREQ=WEEKLY;BYDAY=TU"}],
}


def made(**data: Any) -> Downtime:
    one = Downtime(
        uuid="u-1", created=datetime.fromtimestamp(NOW, UTC), modified=datetime.fromtimestamp(NOW, UTC)
    )
    one.notify_end_types, one.notify_end_states = ["expired"], ["alert"]
    one.mute_first_recovery_notification = False
    apply(one, {**NEEDED, **data}, NOW)
    return one


def attributes(one: Downtime, now: float = NOW) -> dict[str, Any]:
    found = shown(one, now)
    json.dumps(found)
    return dict(found["attributes"])


def refused(**data: Any) -> str:
    with pytest.raises(ApiError) as raised:
        made(**data)
    assert raised.value.status == 400
    return str(raised.value)


def test_once() -> None:
    found = attributes(made(schedule=ONCE, message="deploy", display_timezone="Asia/Tokyo"))
    assert found["schedule"] == {
        "start": "2026-12-01T10:00:00.000000+00:00",
        "end": "2026-12-01T12:00:00.000000+00:00",
    }
    assert found["scope"] == "env:prod"
    assert found["monitor_identifier"] == {"monitor_tags": ["team:a"]}
    assert (found["status"], found["message"], found["display_timezone"]) == (
        "scheduled",
        "deploy",
        "Asia/Tokyo",
    )


def test_without_a_schedule_it_begins_now_and_has_no_end() -> None:
    found = attributes(made())
    assert found["schedule"] == {"start": "2026-11-30T12:00:00.000000+00:00", "end": None}
    assert found["status"] == "active"


def test_recurrences_in_local_time() -> None:
    one = made(schedule=WEEKLY)
    found = attributes(one)["schedule"]
    assert found["timezone"] == "Europe/Dublin"
    assert found["recurrences"] == WEEKLY["recurrences"]
    assert found["current_downtime"] == {
        "start": "2026-12-01T19:00:00.000000+00:00",
        "end": "2026-12-02T09:00:00.000000+00:00",
    }
    # Within an occurrence it is that one, after it the next.
    inside = datetime(2026, 12, 2, 8, tzinfo=UTC).timestamp()
    assert attributes(one, inside)["status"] == "active"
    after = attributes(one, inside + 7200)["schedule"]["current_downtime"]
    assert after["start"].startswith("2026-12-08T19:00")


def test_summer_time_moves_the_occurrence_with_the_clocks() -> None:
    one = made(schedule=WEEKLY)
    june = attributes(one, datetime(2027, 6, 1, 0, tzinfo=UTC).timestamp())["schedule"]["current_downtime"]
    assert june["start"] == "2027-06-01T18:00:00.000000+00:00"


def test_a_recurrence_without_a_start_begins_now() -> None:
    one = made(
        schedule={"timezone": "Asia/Tokyo", "recurrences": [{"duration": "1h", "rrule": "FREQ=DAILY"}]}
    )
    assert one.recurrences[0]["start"] == "2026-11-30T21:00:00"
    assert (one.start, one.end) == (NOW, NOW + 3600)


@pytest.mark.parametrize(
    ("schedule", "said"),
    [
        ({"start": "2026-12-01T10:00:00"}, "offset"),
        ({"start": "tomorrow"}, "write for example"),
        ({"start": "2026-12-01T10:00:00Z", "end": "2026-12-01T10:00:00Z"}, "end after it starts"),
        ({"end": "2026-11-30T11:00:00Z"}, "end after it starts"),
        ({"start": "2026-11-01T00:00:00Z", "end": "2026-11-02T00:00:00Z"}, "past"),
        ({"start": "0001-01-01T00:00:00+14:00"}, "1970 to 9999"),
        ({"start": "1969-12-31T00:00:00Z"}, "1970 to 9999"),
        ({"end": "9999-12-31T23:59:59-14:00"}, "1970 to 9999"),
        ({"when": "now"}, "'when' was unexpected"),
        ({"recurrences": []}, "1 to 5 items"),
        ({"recurrences": WEEKLY["recurrences"] * 6}, "1 to 5 items"),
        ({"recurrences": ["weekly"]}, "required"),
        ({"recurrences": [{"duration": "1h"}]}, "required"),
        ({"recurrences": [{"duration": "1h", "rrule": "FREQ=DAILY", "end": "x"}]}, "unexpected"),
        ({"recurrences": [{"duration": "1 hour", "rrule": "FREQ=DAILY"}]}, "duration"),
        ({"recurrences": [{"duration": "1h", "rrule": "FREQ=SECONDLY"}]}, "FREQ"),
        (
            {"recurrences": [{"duration": "1h", "rrule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}]},
            "never happens",
        ),
        (
            {"recurrences": [{"start": "2026-12-01T10:00:00Z", "duration": "1h", "rrule": "FREQ=DAILY"}]},
            "offset",
        ),
        (
            {"recurrences": [{"start": "9999-12-31T23:30", "duration": "2h", "rrule": "FREQ=DAILY"}]},
            "1971 to 9997",
        ),
        (
            {"recurrences": [{"start": "0001-01-01T00:00", "duration": "2h", "rrule": "FREQ=DAILY"}]},
            "1971 to 9997",
        ),
        ({**WEEKLY, "timezone": "Mars/Olympus"}, "timezone"),
        ({**WEEKLY, **ONCE}, "schedule.start and schedule.end"),
        ({"timezone": "Asia/Tokyo"}, "schedule.timezone goes with schedule.recurrences"),
        ("now", "schedule must be"),
    ],
)
def test_schedules_that_are_refused(schedule: Any, said: str) -> None:
    assert said in refused(schedule=schedule)


@pytest.mark.parametrize(
    "data",
    [
        {"scope": ""},
        {"scope": 5},
        {"scope": "no key"},
        {"scope": "(env:prod"},
        {"scope": "env:prod AND duration:>5"},
        {"monitor_identifier": {}},
        {"monitor_identifier": "all"},
        {"monitor_identifier": {"monitor_tags": []}},
        {"monitor_identifier": {"monitor_id": "one"}},
        {"monitor_identifier": {"monitor_id": 1, "names": ["x"]}},
        {"display_timezone": "Nowhere"},
        {"notify_end_types": ["never"]},
        {"notify_end_states": ["ok"]},
        {"mute_first_recovery_notification": "maybe"},
        {"message": 5 * "x" * 10**6},
    ],
)
def test_values_that_are_refused(data: dict[str, Any]) -> None:
    assert refused(**data)


def test_a_monitor_by_its_id() -> None:
    one = made(monitor_identifier={"monitor_id": 7, "monitor_tags": ["x"]})
    assert attributes(one)["monitor_identifier"] == {"monitor_id": 7}
    found = relationships(one, "user-1", ["monitor", "created_by", "other"])
    assert found == {
        "monitor": {"data": {"type": "monitors", "id": "7"}},
        "created_by": {"data": {"type": "users", "id": "user-1"}},
    }
    assert relationships(made(), None, ["created_by", "monitor"]) == {
        "created_by": {"data": None},
        "monitor": {"data": None},
    }


def test_a_change_leaves_what_is_not_given() -> None:
    one = made(schedule=ONCE, message="deploy")
    apply(one, {"message": None, "notify_end_types": ["canceled", "expired", "canceled"]}, NOW)
    found = attributes(one)
    assert found["message"] is None
    assert found["notify_end_types"] == ["canceled", "expired"]
    assert found["scope"] == "env:prod"
    assert found["schedule"]["start"].startswith("2026-12-01T10")


def test_a_schedule_that_is_changed() -> None:
    one = made(schedule=ONCE)
    apply(one, {"schedule": {"end": "2026-12-02T00:00:00Z"}}, NOW)
    assert attributes(one)["schedule"]["start"].startswith("2026-12-01T10")
    assert attributes(one)["schedule"]["end"].startswith("2026-12-02T00")
    apply(one, {"schedule": {"end": None}}, NOW)
    assert attributes(one)["schedule"]["end"] is None
    apply(one, {"schedule": WEEKLY}, NOW)
    assert attributes(one)["schedule"]["recurrences"] == WEEKLY["recurrences"]
    apply(one, {"schedule": {"timezone": "Asia/Tokyo"}}, NOW)
    assert attributes(one)["schedule"]["recurrences"] == WEEKLY["recurrences"]
    assert attributes(one)["schedule"]["timezone"] == "Asia/Tokyo"
    apply(one, {"schedule": {"start": "2026-12-05T00:00:00Z"}}, NOW)
    assert attributes(one)["schedule"] == {"start": "2026-12-05T00:00:00.000000+00:00", "end": None}
    assert (one.timezone, one.recurrences, one.recurrence) == ("UTC", [], None)


@pytest.mark.parametrize(
    "scope", ["env:prod AND service:a", "env:(prod OR test)", "host:web-*", "NOT env:dev", "*"]
)
def test_a_scope_is_shown_as_it_was_given(scope: str) -> None:
    assert scope_text(made(scope=f" {scope} ")) == scope


def test_a_downtime_of_the_first_version_has_a_list() -> None:
    assert scope_text(Downtime(scope=["env:prod", "host:a"], expression="")) == "env:prod AND host:a"


def test_requests() -> None:
    body = {"data": {"type": "downtime", "attributes": {"scope": "*"}}}
    assert attributes_of(body) == {"scope": "*"}
    for wrong in (
        None,
        [],
        {},
        {"data": {}},
        {"data": {"attributes": []}},
        {"data": {"type": "monitor", "attributes": {}}},
    ):
        with pytest.raises(ApiError):
            attributes_of(wrong)
    with pytest.raises(ApiError, match="'color', 'size' were unexpected"):
        attributes_of({"data": {"attributes": {"color": 1, "size": 2}}})


SIMPLE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 10**12),
        st.sampled_from(["", "x", "env:a", "1h", "2026-12-01T00:00:00Z"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2),
        st.dictionaries(
            st.sampled_from(
                ["start", "end", "recurrences", "rrule", "duration", "monitor_id", "monitor_tags"]
            ),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ["scope", "monitor_identifier", "schedule", "message", "display_timezone", "notify_end_types"]
        ),
        SIMPLE,
    )
)
def test_any_attributes_are_taken_or_refused(data: dict[str, Any]) -> None:
    try:
        one = made(**data)
    except ApiError as error:
        assert error.status == 400  # noqa: PT017
    else:
        attributes(one)
