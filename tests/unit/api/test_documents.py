from __future__ import annotations

import pytest

from heeler.api.documents import is_one_of, list_in, object_in
from heeler.api.errors import ApiError


def test_parts_of_a_document_are_of_their_kind_or_refused() -> None:
    assert object_in({"a": {"b": 1}}, "a") == {"b": 1}
    assert object_in({}, "a") == {}
    assert list_in({"a": [1]}, "a") == [1]
    assert list_in({"a": None}, "a") == []
    with pytest.raises(ApiError, match="Expected an object"):
        object_in({"a": [1]}, "a")
    with pytest.raises(ApiError, match="Expected a list"):
        list_in({"a": "x"}, "a")


@pytest.mark.parametrize("value", [{}, [], None, 1, "c"])
def test_only_a_text_is_one_of_the_choices(value: object) -> None:
    assert not is_one_of(value, {"a": 1, "b": 2})
    assert is_one_of("a", {"a": 1})
