"""What bindings mean, and which are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heeler.api.errors import ApiError
from heeler.restrictions.rules import checked_bindings, parsed_resource, rights

ANN, BOB = "user:ann", "user:bob"


def binding(relation: str, *principals: str) -> dict[str, object]:
    return {"relation": relation, "principals": list(principals)}


@pytest.mark.parametrize(
    ("bindings", "who", "expected"),
    [
        ([], ANN, (True, True)),
        ([binding("editor", ANN)], ANN, (True, True)),
        ([binding("editor", ANN)], BOB, (True, False)),
        ([binding("viewer", ANN)], ANN, (True, True)),
        ([binding("viewer", ANN)], BOB, (False, False)),
        ([binding("viewer", ANN), binding("editor", BOB)], ANN, (True, False)),
        ([binding("viewer", ANN), binding("editor", BOB)], BOB, (True, True)),
        ([binding("viewer", ANN), binding("editor", BOB)], "user:eve", (False, False)),
    ],
)
def test_rights(bindings: list[dict[str, object]], who: str, expected: tuple[bool, bool]) -> None:
    assert rights(bindings, {who, "org:o"}) == expected


names = st.sampled_from(["user:a", "team:t", "role:r", "org:o"])
sets = st.sets(names)


@given(viewers=sets, editors=sets, who=sets, more=sets)
def test_who_is_more_may_do_no_less_and_editors_may_view(
    viewers: set[str], editors: set[str], who: set[str], more: set[str]
) -> None:
    bindings = [binding(name, *found) for name, found in (("viewer", viewers), ("editor", editors)) if found]
    view, edit = rights(bindings, who)
    wider_view, wider_edit = rights(bindings, who | more)
    assert wider_view >= view
    assert wider_edit >= edit
    assert view or not edit


@pytest.mark.parametrize("text", ["malformed", "dashboard:", ":x", "security-rule:x", "monitors:1"])
def test_resources_that_cannot_be_restricted(text: str) -> None:
    with pytest.raises(ApiError, match="Invalid resource"):
        parsed_resource(text)


@pytest.mark.parametrize(
    "bindings",
    [
        None,
        [1],
        [binding("owner", ANN)],
        [{"relation": "viewer"}],
        [binding("viewer")],
        [binding("viewer", "ann")],
        [binding("viewer", "group:x")],
        [binding("viewer", *(f"user:{number}" for number in range(201)))],
    ],
)
def test_bindings_that_are_refused(bindings: object) -> None:
    with pytest.raises(ApiError):
        checked_bindings(bindings)


def test_bindings_of_the_same_relation_are_one() -> None:
    assert checked_bindings(
        [binding("editor", BOB), binding("editor", ANN, BOB), binding("viewer", "org:O")]
    ) == [
        binding("viewer", "org:o"),
        binding("editor", ANN, BOB),
    ]
