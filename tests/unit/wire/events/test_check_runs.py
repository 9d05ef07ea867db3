"""Service checks off the wire."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.wire.body_limits import MAX_FIELD, MAX_HOST, MAX_ITEMS, LimitExceeded
from heeler.wire.events.check_runs import MAX_MESSAGE, CheckRun, decode
from heeler.wire.metrics.series import PayloadError

NOW = 1_790_000_000
RUN = {
    "check": "app.is_ok",
    "host_name": "app1",
    "status": 0,
    "tags": ["environment:test"],
    "timestamp": 1_700_000_000,
    "message": "fine",
}


def runs(document: Any) -> list[CheckRun]:
    found, problems = decode(json.dumps(document).encode(), NOW)
    assert problems.messages == []
    return found


def problem(item: Any) -> str:
    found, problems = decode(json.dumps([RUN, item, RUN]).encode(), NOW)
    assert len(found) == 2
    assert problems.dropped == {"bad_check_run": 1}
    (message,) = problems.messages
    return message


def test_one_object_and_a_list_of_them() -> None:
    wanted = CheckRun("app.is_ok", 1_700_000_000, "app1", 0, "fine", ("environment:test",))
    assert runs(RUN) == [wanted]
    assert runs([RUN, RUN]) == [wanted, wanted]
    assert runs([]) == []


def test_what_is_not_given() -> None:
    assert runs({"check": " a ", "status": 2}) == [CheckRun("a", NOW, "", 2, "", ())]
    empty = {"check": "a", "status": 1, "host_name": None, "message": None, "tags": None, "timestamp": None}
    assert runs(empty) == [CheckRun("a", NOW, "", 1, "", ())]


@pytest.mark.parametrize(("status", "wanted"), [(0, 0), (1, 1), (2, 2), (3, 3), ("2", 2)])
def test_states(status: object, wanted: int) -> None:
    assert runs({**RUN, "status": status})[0].status == wanted


@pytest.mark.parametrize("status", [4, -1, "4", "OK", "", None, True, [0], 10**30])
def test_other_states_are_refused_alone(status: object) -> None:
    assert "[1]: status: expected 0 OK" in problem({**RUN, "status": status})


@pytest.mark.parametrize("check", [None, "", "  ", 5, ["a"]])
def test_a_run_needs_a_name(check: object) -> None:
    assert "[1]: check: expected a name" in problem({**RUN, "check": check})


@pytest.mark.parametrize("item", [None, 5, "text", ["check"]])
def test_what_is_no_object_is_refused_alone(item: object) -> None:
    assert "[1]: expected an object" in problem(item)


@pytest.mark.parametrize(
    ("stamp", "wanted"),
    [(1.9, 1), ("1700000000", 1_700_000_000), (-5, 0), (10**12, 2**32 - 1), (0, 0)],
)
def test_times_are_seconds_within_what_is_stored(stamp: object, wanted: int) -> None:
    assert runs({**RUN, "timestamp": stamp})[0].time == wanted


@pytest.mark.parametrize("stamp", ["yesterday", 1e300, [], {}, True])
def test_a_time_that_is_none_is_refused(stamp: object) -> None:
    assert "time" in problem({**RUN, "timestamp": stamp})


def test_texts_are_cut() -> None:
    (found,) = runs({"check": "c" * 999, "status": 0, "host_name": "h" * 999, "message": "m" * 99_999})
    assert (len(found.check), len(found.host), len(found.message)) == (MAX_FIELD, MAX_HOST, MAX_MESSAGE)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[1,"])
def test_a_body_that_is_no_json_is_refused(body: bytes) -> None:
    with pytest.raises(PayloadError):
        decode(body, NOW)


def test_too_many_runs_are_refused() -> None:
    with pytest.raises(LimitExceeded):
        decode(b"[" + b",".join([b"1"] * (MAX_ITEMS + 1)) + b"]", NOW)


SIMPLE = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5)),
    lambda inner: st.lists(inner, max_size=2),
    max_leaves=3,
)


@given(st.dictionaries(st.sampled_from(list(RUN)), SIMPLE))
def test_any_values_are_taken_or_refused_with_a_sentence(item: dict[str, Any]) -> None:
    found, problems = decode(json.dumps(item).encode(), NOW)
    assert len(found) + sum(problems.dropped.values()) == 1
    assert all(0 <= one.time < 2**32 and 0 <= one.status <= 3 and one.check for one in found)
