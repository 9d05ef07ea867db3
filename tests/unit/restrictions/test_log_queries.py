"""Which logs the roles of a caller may read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.api.errors import ApiError
from heeler.api.services import Principal
from heeler.query.search.row_access import RowAccess
from heeler.restrictions.log_queries import access_of, checked_query, searches_of

ROLES = ("a", "b", "c", "d")
QUERIES = {"a": "service:a", "b": "service:b", "d": "service:d"}
READERS = {"a", "b", "c"}


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (("a",), ("service:a",)),
        (("a", "b"), ("service:a", "service:b")),
        (("a", "c"), None),  # c reads all logs
        (("d",), ()),  # d has a query, but not the permission
        (("a", "d"), ("service:a",)),
        ((), ()),
    ],
)
def test_the_searches_of_roles_add_up(roles: Sequence[str], expected: tuple[str, ...] | None) -> None:
    assert searches_of(roles, QUERIES, READERS) == expected


@given(st.sets(st.sampled_from(ROLES)), st.sampled_from(ROLES))
def test_another_role_takes_nothing_away(roles: set[str], other: str) -> None:
    before, after = searches_of(roles, QUERIES, READERS), searches_of({*roles, other}, QUERIES, READERS)
    assert after is None or (before is not None and set(before) <= set(after))


def test_without_queries_nothing_is_restricted() -> None:
    assert searches_of(("d",), {}, READERS) is None
    assert searches_of((), {}, ()) is None


def test_a_missing_permission_is_named() -> None:
    caller = Principal(1, "a@example.com", "custom", permissions=frozenset({"apm_read", "logs_read_data"}))
    access = access_of(caller.may, RowAccess(("service:a",)))
    assert access["logs"] == RowAccess(("service:a",))
    assert access["events"] == RowAccess(permission="events_read")
    assert access["SLOs"] == RowAccess(permission="slos_read")
    assert "spans" not in access
    scoped = Principal(
        1, "a@example.com", "custom", permissions=caller.permissions, scopes=frozenset({"apm_read"})
    )
    assert access_of(scoped.may, RowAccess(("service:a",)))["logs"] == RowAccess(
        ("service:a",), "logs_read_data"
    )


@pytest.mark.parametrize("text", ["service:a", "(env:prod OR host:b*) -status:debug word", 'team:"a b"', "*"])
def test_tags_words_and_reserved_fields_are_valid(text: str) -> None:
    assert checked_query(f" {text} ") == text


@pytest.mark.parametrize("text", ["@http.url:x", "a OR @b:1", "*:word", "(a", "", "  ", None, 5, "x" * 5001])
def test_attributes_and_invalid_searches_are_refused(text: object) -> None:
    with pytest.raises(ApiError) as error:
        checked_query(text)
    assert error.value.status == 400
