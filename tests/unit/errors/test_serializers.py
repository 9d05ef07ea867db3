"""Issues as the API of error tracking writes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from heeler.accounts.model import User
from heeler.errors.model import IssueState
from heeler.errors.serializers import issue_row, issue_v2, milliseconds, search_result, user_v2
from heeler.errors.store import Issue, Window

FIRST, LAST = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 30, 12, 0, 0, 500_000, tzinfo=UTC)


def issue(**more: Any) -> Issue:
    values: dict[str, Any] = {
        "id": "i-1", "service": "shop", "type": "ValueError", "message": "m", "file": "a.py", "function": "f",
        "languages": ["python"], "sources": ["trace"], "first_seen": FIRST, "last_seen": LAST,
        "first_version": "1", "last_version": "2", "total": 7,
    }  # fmt: skip
    return Issue(**{**values, **more})


STATE = IssueState(issue="i-1", state="OPEN", resolved_versions=[], regressed_version="")


def test_times_are_milliseconds() -> None:
    assert milliseconds(LAST) == 1_796_040_000_500


def test_an_issue() -> None:
    found = issue_v2(issue(), STATE, None)
    json.dumps(found)
    attributes = found["attributes"]
    assert (found["id"], found["type"]) == ("i-1", "issue")
    assert (attributes["error_type"], attributes["error_message"], attributes["state"]) == (
        "ValueError",
        "m",
        "OPEN",
    )
    assert (attributes["first_seen"], attributes["last_seen"]) == (milliseconds(FIRST), milliseconds(LAST))
    assert "regression" not in attributes
    assert "relationships" not in found


@pytest.mark.parametrize(
    ("language", "wanted"),
    [
        ("python", "PYTHON"),
        ("Go", "GO"),
        ("nodejs", "JAVASCRIPT"),
        ("dotnet", "DOT_NET"),
        ("cpp", "C_PLUS_PLUS"),
        ("CSharp", "C_SHARP"),
        ("cobol", "UNKNOWN"),
        ("", "UNKNOWN"),
    ],
)
def test_languages_are_those_that_clients_know(language: str, wanted: str) -> None:
    assert issue_v2(issue(languages=[language]), STATE, None)["attributes"]["languages"] == [wanted]


def test_a_regression_and_an_assignee() -> None:
    state = IssueState(
        issue="i-1",
        state="OPEN",
        resolved_versions=[],
        regressed_at=LAST,
        regressed_version="2",
        resolved_at=FIRST,
    )
    found = issue_v2(issue(), state, User(uuid="u-1", name="Ann", email="ann@example.com"))
    assert found["attributes"]["regression"] == {
        "regressed_at": LAST.isoformat(),
        "regressed_at_version": "2",
        "resolved_at": FIRST.isoformat(),
    }
    assert found["relationships"] == {"assignee": {"data": {"id": "u-1", "type": "user"}}}


def test_rows_of_the_page() -> None:
    window = Window("i-1", 5, 2, [1, 4], ["1"])
    row = issue_row(issue(), window, STATE, User(uuid="u-1", name="", email="ann@example.com"))
    json.dumps(row)
    assert (row["count"], row["users"], row["trend"], row["versions"]) == (5, 2, [1, 4], ["1"])
    assert row["assignee"] == {"id": "u-1", "name": "ann@example.com"}
    empty = issue_row(issue(), None, STATE, None)
    assert (empty["count"], empty["trend"], empty["assignee"]) == (0, [], None)


def test_search_results_and_users() -> None:
    found = search_result(Window("i-1", 5, 2, [], []))
    assert found["attributes"] == {"total_count": 5, "impacted_sessions": 0, "impacted_users": 2}
    assert user_v2(User(uuid="u", name="Ann", email="a@b")) == {
        "id": "u",
        "type": "user",
        "attributes": {"name": "Ann", "handle": "a@b", "email": "a@b"},
    }
